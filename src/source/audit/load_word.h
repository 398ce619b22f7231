#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pidigree {

// The next sizeof(Word) bytes.
template <typename Word>
inline Word LoadWord(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// What LoadWord() gives for these characters.
template <typename Word>
consteval Word TextWord(const char* text) {
  std::array<char, sizeof(Word)> bytes{};
  std::copy_n(text, bytes.size(), bytes.begin());
  return std::bit_cast<Word>(bytes);
}

// Whether the `size` bytes at `a` and `b` are the same; at least eight.
inline bool SameText(const char* a, const char* b, ptrdiff_t size) {
  for (ptrdiff_t i = 0; i < size - 8; i += 8) {
    if (LoadWord<uint64_t>(a + i) != LoadWord<uint64_t>(b + i)) return false;
  }
  return LoadWord<uint64_t>(a + size - 8) == LoadWord<uint64_t>(b + size - 8);
}

// A short text that is known when the program is compiled, for comparison in one or two loads.
template <size_t kSize>
struct FixedText {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal stands for it
  consteval FixedText(const char (&text)[kSize]) { std::copy_n(text, kSize, chars.begin()); }
  std::array<char, kSize> chars;
};

// Whether kText stands at `at`, of which as many bytes must be readable.
template <FixedText kText>
[[gnu::always_inline]] inline bool StartsWith(const char* at) {
  constexpr size_t kLength = kText.chars.size() - 1;
  static_assert(kLength >= 2 && kLength <= 16);
  if constexpr (kLength >= 8) {
    constexpr uint64_t kFirst = TextWord<uint64_t>(kText.chars.data());
    constexpr uint64_t kLast = TextWord<uint64_t>(kText.chars.data() + kLength - 8);
    return LoadWord<uint64_t>(at) == kFirst && LoadWord<uint64_t>(at + kLength - 8) == kLast;
  } else if constexpr (kLength >= 4) {
    constexpr uint32_t kFirst = TextWord<uint32_t>(kText.chars.data());
    constexpr uint32_t kLast = TextWord<uint32_t>(kText.chars.data() + kLength - 4);
    return LoadWord<uint32_t>(at) == kFirst && LoadWord<uint32_t>(at + kLength - 4) == kLast;
  } else {
    constexpr uint16_t kFirst = TextWord<uint16_t>(kText.chars.data());
    constexpr uint16_t kLast = TextWord<uint16_t>(kText.chars.data() + kLength - 2);
    return LoadWord<uint16_t>(at) == kFirst && LoadWord<uint16_t>(at + kLength - 2) == kLast;
  }
}

}  // namespace pidigree
