#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/printable.h"
#include "src/config/config.h"

namespace pidigree {

// Collects messages up to kMaxConfigMessages and counts the others.
class MessageList {
 public:
  void Add(uint32_t line, std::string text) {
    if (messages_.size() < kMaxConfigMessages - 1)
      messages_.push_back({line, std::move(text)});
    else if (++others_; others_ == 1)
      first_other_line_ = line;
  }

  // Nothing more is kept.
  bool IsFull() const { return others_ > 0; }

  // By line, those of one line in the order of Add().
  std::vector<ConfigMessage> Take() {
    std::ranges::stable_sort(messages_, {}, &ConfigMessage::line);
    if (others_ > 0) messages_.push_back({first_other_line_, "... and more from here on"});
    return std::move(messages_);
  }

 private:
  std::vector<ConfigMessage> messages_;
  size_t others_ = 0;
  uint32_t first_other_line_ = 0;
};

// A piece of the file as messages show it.
inline std::string Quote(std::string_view text) { return "\"" + Printable(text, 60) + "\""; }

}  // namespace pidigree
