#include "src/base/printable.h"

#include "src/base/hex.h"

namespace pidigree {
namespace {

// Length of the UTF-8 sequence at the front of `text` that is safe to show, 0 if there is none:
// well formed (RFC 3629), no control character and none of the invisible ones that change how a
// line reads.
size_t ShowableSequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
  const size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return 0;
  char32_t code = byte(0) & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool well_formed =
      code >= kSmallest[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  const bool hidden = code < 0xa0 || (code >= 0x200b && code <= 0x200f) ||
                      (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return well_formed && !hidden ? size : 0;
}

}  // namespace

std::string Printable(std::string_view text, size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= max_bytes) return out + "...";
    const size_t size = ShowableSequence(text);
    if (size == 0) {
      out.append("\\x").append(HexPair(static_cast<uint8_t>(text[0])));
    } else if (text[0] == '\\') {
      out += "\\\\";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace pidigree
