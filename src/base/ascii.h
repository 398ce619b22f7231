#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
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

template <size_t kBytes>
inline void CopyLowerBlock(const char* from, char* out) {
  char block[kBytes];
  std::memcpy(block, from, kBytes);
  for (char& c : block) c = ToLower(c);  // compilers make vector code of it
  std::memcpy(out, block, kBytes);
}

// Writes `text` in lower case to `out`, which has room for as many bytes and is not part of `text`.
inline void CopyLower(std::string_view text, char* out) {
  const size_t size = text.size();
  // The last block overlaps the one before it, so that no bytes are left to do one by one.
  const auto copy_blocks = [&]<size_t kBytes>() {
    for (size_t i = 0; i + kBytes < size; i += kBytes)
      CopyLowerBlock<kBytes>(text.data() + i, out + i);
    CopyLowerBlock<kBytes>(text.data() + size - kBytes, out + size - kBytes);
  };
  if (size >= 32) return copy_blocks.template operator()<32>();
  if (size >= 8) return copy_blocks.template operator()<8>();
  for (size_t i = 0; i < size; ++i) out[i] = ToLower(text[i]);
}

inline std::string Lower(std::string_view text) {
  std::string lower(text.size(), '\0');
  CopyLower(text, lower.data());
  return lower;
}

}  // namespace pidigree
