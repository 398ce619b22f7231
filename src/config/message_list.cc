#include "src/config/message_list.h"

#include <algorithm>

namespace pidigree {

std::vector<ConfigMessage> MessageList::Take() {
  std::ranges::stable_sort(messages_, {}, &ConfigMessage::line);
  if (others_ > 0) messages_.push_back({first_other_line_, "... and more from here on"});
  return std::move(messages_);
}

}  // namespace pidigree
