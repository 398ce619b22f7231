#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace pidigree {

// Letter case of A-Z and a-z only, whatever the locale; all other bytes are left alone.
constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

constexpr bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLower(x) == ToLower(y); });
}

// Puts `text` in lower case in place, in whole blocks: there must be memory up to the next multiple
// of kLowerBlock bytes, and what it holds becomes anything. Compilers make vector code of the inner
// loop.
constexpr size_t kLowerBlock = 32;
inline void LowerBlocks(char* text, size_t size) {
  for (size_t i = 0; i < size; i += kLowerBlock)
    for (size_t k = i; k < i + kLowerBlock; ++k) text[k] = ToLower(text[k]);
}

inline std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

}  // namespace pidigree
