#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "schema/events.h"

namespace pidigree {

// What a shortened value ends in.
constexpr std::string_view kEllipsis = "...";

constexpr size_t kMaxFields = (*std::ranges::max_element(kAllEvents, {}, [](const EventType* e) {
                                return e->fields.size();
                              }))->fields.size();

// A size for each value of a record, in bytes once escaped.
using ValueSizes = std::array<size_t, kMaxFields>;

// Given the sizes of the values that may be shortened (0 for the others) of a line that is `excess`
// bytes too long: the size beyond which a value is to be cut to this size, so that the line fits.
// It is as large as it can be, so the longest values pay and short ones are left alone, whatever
// their order. Never less than the ellipsis, even if the line is too long then.
size_t LimitOfLongest(std::span<const size_t> sizes, size_t excess);

// The longest part of `text` from its start that has at most `max_bytes` once escaped and ends
// between two characters.
template <typename Escape>
std::string_view EscapedPrefix(std::string_view text, size_t max_bytes) {
  const auto continues = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; };
  size_t end = 0;
  size_t bytes = 0;
  while (end < text.size()) {
    size_t next = end;
    do {
      bytes += Escape::kTable[static_cast<uint8_t>(text[next])].size;
      ++next;
    } while (next < text.size() && continues(text[next]));
    if (bytes > max_bytes) break;
    end = next;
  }
  return text.substr(0, end);
}

}  // namespace pidigree
