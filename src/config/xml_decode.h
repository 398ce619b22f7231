#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/config/config.h"

namespace pidigree {

// Stores the bytes of an XML file in `text` as UTF-8 without a byte order mark, every line ending
// in '\n', every character one that XML 1.0 allows. Returns the error, nullopt if there is none.
//
// Understands UTF-8, UTF-16 (by its mark, or by the zero byte beside the first '<') and, where the
// XML declaration says so, ISO-8859-1. A mark or zero byte goes before what is declared: editors
// change the encoding of a file more readily than its first line.
//
// Errors: the file is not in its encoding, holds a character that XML forbids, or declares an
// encoding other than these. Source: XML 1.0 (fifth edition), sections 2.2 and 2.11, appendix F.
std::optional<ConfigMessage> DecodeXml(std::string_view bytes, std::string& text);

// XML 1.0, production 2.
constexpr bool IsXmlCharacter(char32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff;
}

}  // namespace pidigree
