#include "src/base/printable.h"

#include "src/base/hex.h"
#include "src/base/valid_text.h"

namespace pidigree {
namespace {

// Length of the UTF-8 sequence at the front of `text` that is safe to show, 0 if there is none:
// well formed (RFC 3629), no control character and none of the invisible ones that change how a
// line reads.
size_t ShowableSequence(std::string_view text) {
  const auto character = ReadUtf8(text);
  if (!character) return 0;
  const char32_t code = character->code;
  const bool hidden = code < 0x20 || (code >= 0x7f && code < 0xa0) ||
                      (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                      (code >= 0x2066 && code <= 0x2069);
  return hidden ? 0 : character->size;
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
