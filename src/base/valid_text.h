#pragma once

#include <cstddef>
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

}  // namespace pidigree
