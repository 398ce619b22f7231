#include "src/config/xml_decode.h"

#include <algorithm>
#include <cstdio>

#include "src/base/ascii.h"
#include "src/base/printable.h"
#include "src/base/valid_text.h"

namespace pidigree {
namespace {

constexpr char32_t kNotACharacter = 0xffffffff;

// Each reader takes one character off the front of `bytes`, which is not empty; kNotACharacter if
// what stands there is none.

char32_t TakeLatin1(std::string_view& bytes) {
  const auto c = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return c;
}

char32_t TakeUtf8(std::string_view& bytes) {
  const auto character = ReadUtf8(bytes);
  if (!character) return kNotACharacter;
  bytes.remove_prefix(character->size);
  return character->code;
}

template <int kHighByte>  // index of the more significant byte of a unit
char32_t TakeUtf16(std::string_view& bytes) {
  const auto unit = [&](size_t i) -> char32_t {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(bytes[2 * i + k]); };
    return static_cast<char32_t>(byte(kHighByte) << 8 | byte(1 - kHighByte));
  };
  if (bytes.size() < 2) return kNotACharacter;
  const char32_t first = unit(0);
  if (first < 0xd800 || first > 0xdfff) {
    bytes.remove_prefix(2);
    return first;
  }
  if (first > 0xdbff || bytes.size() < 4 || unit(1) < 0xdc00 || unit(1) > 0xdfff)
    return kNotACharacter;
  const char32_t code = 0x10000 + ((first - 0xd800) << 10 | (unit(1) - 0xdc00));
  bytes.remove_prefix(4);
  return code;
}

void AppendUtf8(char32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

struct Encoding {
  std::string_view name;
  char32_t (*read)(std::string_view& bytes);
};
constexpr Encoding kUtf8{"UTF-8", TakeUtf8};
constexpr Encoding kLatin1{"ISO-8859-1", TakeLatin1};
constexpr Encoding kUtf16Le{"UTF-16 (little-endian)", TakeUtf16<1>};
constexpr Encoding kUtf16Be{"UTF-16 (big-endian)", TakeUtf16<0>};

// The encoding that the bytes themselves show, with the mark taken off; nullptr: some superset of
// ASCII.
const Encoding* Recognize(std::string_view& bytes) {
  const auto take = [&](std::string_view mark) {
    if (!bytes.starts_with(mark)) return false;
    bytes.remove_prefix(mark.size());
    return true;
  };
  if (take("\xef\xbb\xbf")) return &kUtf8;
  if (take("\xff\xfe")) return &kUtf16Le;
  if (take("\xfe\xff")) return &kUtf16Be;
  if (bytes.size() < 2) return nullptr;
  if (bytes[0] != '\0' && bytes[1] == '\0') return &kUtf16Le;
  if (bytes[0] == '\0' && bytes[1] != '\0') return &kUtf16Be;
  return nullptr;
}

// The encoding="..." of the XML declaration; empty: none.
std::string_view DeclaredEncoding(std::string_view bytes) {
  if (!bytes.starts_with("<?xml")) return {};
  bytes = bytes.substr(0, bytes.find("?>"));
  const size_t name = bytes.find("encoding");
  if (name == bytes.npos) return {};
  const size_t quote = bytes.find_first_of("\"'", name);
  if (quote == bytes.npos) return {};
  const size_t end = bytes.find(bytes[quote], quote + 1);
  return end == bytes.npos ? std::string_view() : bytes.substr(quote + 1, end - quote - 1);
}

ConfigMessage At(const std::string& text_so_far, std::string what) {
  const auto lines = std::count(text_so_far.begin(), text_so_far.end(), '\n');
  return {static_cast<uint32_t>(lines + 1), std::move(what)};
}

}  // namespace

std::optional<ConfigMessage> DecodeXml(std::string_view bytes, std::string& text) {
  text.clear();
  const Encoding* encoding = Recognize(bytes);
  if (encoding == nullptr) {
    const std::string_view declared = DeclaredEncoding(bytes);
    if (EqualsIgnoreCase(declared, "ISO-8859-1") || EqualsIgnoreCase(declared, "latin1"))
      encoding = &kLatin1;
    else if (declared.empty() || EqualsIgnoreCase(declared, "UTF-8") ||
             EqualsIgnoreCase(declared, "US-ASCII"))
      encoding = &kUtf8;
    else
      return ConfigMessage{1, "the file declares the encoding \"" + Printable(declared, 40) +
                                  "\" and is not in it or it is not supported; expected UTF-8, "
                                  "UTF-16 or ISO-8859-1"};
  }

  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const char32_t code = encoding->read(bytes);
    if (code == kNotACharacter)
      return At(text, "the bytes are not valid " + std::string(encoding->name));
    if (!IsXmlCharacter(code)) {
      char number[16];
      std::snprintf(number, sizeof number, "U+%04X", static_cast<unsigned>(code));
      return At(text, std::string(number) + " is a character that XML does not allow");
    }
    if (code == '\r') {
      // "\r\n" and "\r" are both one line ending.
      std::string_view rest = bytes;
      if (!rest.empty() && encoding->read(rest) == '\n') bytes = rest;
      text += '\n';
    } else {
      AppendUtf8(code, text);
    }
  }
  return std::nullopt;
}

}  // namespace pidigree
