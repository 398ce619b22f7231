#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pidigree {

// True if every byte is printable ASCII (0x20 to 0x7e), a tab, a newline or a carriage return: text
// that is valid as it is, and that most text is.
bool IsPlainText(std::string_view raw);

// Copies `raw` to `out` as valid text: UTF-8 without characters that XML 1.0 forbids. Each byte
// that is not part of a valid UTF-8 sequence (RFC 3629: no overlong form, no surrogate, nothing
// above U+10FFFF) becomes one U+FFFD, and so does each forbidden character: those below U+0020 but
// tab, newline and carriage return, U+FFFE and U+FFFF. `out` must have room for 3 * raw.size()
// bytes and not overlap `raw`. Returns the number of bytes written. Source: XML 1.0, production 2
// (Char).
size_t CopyValidText(std::string_view raw, char* out);

// `raw` as such text: itself if it is plain, else written to `scratch`.
std::string_view ValidText(std::string_view raw, std::string& scratch);
std::string ValidText(std::string_view raw);

struct Utf8Character {
  char32_t code;
  size_t size;  // in bytes
};

// The character at the front of `text`, which is not empty; nothing if it is not well formed
// (RFC 3629).
inline std::optional<Utf8Character> ReadUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return Utf8Character{byte(0), 1};
  const size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return std::nullopt;
  char32_t code = byte(0) & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return std::nullopt;
  return Utf8Character{code, size};
}

}  // namespace pidigree
