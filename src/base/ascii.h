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

// Writes `text` in lower case to `out`, which has room for as many bytes. A plain loop: compilers
// turn it into vector code.
inline void CopyLower(std::string_view text, char* out) {
  for (size_t i = 0; i < text.size(); ++i) out[i] = ToLower(text[i]);
}

inline std::string Lower(std::string_view text) {
  std::string lower(text.size(), '\0');
  CopyLower(text, lower.data());
  return lower;
}

}  // namespace pidigree
