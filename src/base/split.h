#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace pidigree {

// Takes what stands before the first `separator` off the front of `text`, and that, too; all of it
// if there is none.
inline std::string_view TakeBefore(char separator, std::string_view& text) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

// The parts between separators: always one more than there are of these.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts(1, text.substr(0, text.find(separator)));
  while (parts.back().size() < text.size()) {
    text.remove_prefix(parts.back().size() + 1);
    parts.push_back(text.substr(0, text.find(separator)));
  }
  return parts;
}

// Without the bytes of `blanks` at both ends.
inline std::string_view Trim(std::string_view text, std::string_view blanks) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace pidigree
