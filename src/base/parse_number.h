#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace pidigree {

// Whether all of `text` is a number that `number` can hold, which is left alone if not: digits,
// before which a signed one may have '-'.
template <typename Number>
bool ParseNumber(std::string_view text, Number& number, int base = 10) {
  Number parsed;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, parsed, base);
  if (error != std::errc() || stop != end) return false;
  number = parsed;
  return true;
}

}  // namespace pidigree
