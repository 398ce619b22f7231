#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pidigree {

// The two lower-case digits of each value of a byte.
inline constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return pairs;
}();

constexpr std::string_view HexPair(uint8_t byte) { return {kHexPairs[byte].data(), 2}; }

inline constexpr uint8_t kNoHexDigit = 0xff;

inline constexpr std::array<uint8_t, 256> kHexValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoHexDigit);
  for (uint8_t i = 0; i < 10; ++i) values[size_t{'0'} + i] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values[size_t{'A'} + i] = static_cast<uint8_t>(10 + i);
    values[size_t{'a'} + i] = static_cast<uint8_t>(10 + i);
  }
  return values;
}();

// Of a digit of either case; kNoHexDigit for any other byte.
constexpr uint8_t HexValue(char digit) { return kHexValues[static_cast<uint8_t>(digit)]; }

}  // namespace pidigree
