#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

// Escaping for the two output forms. Each form is a policy: which bytes a 16-byte block must not
// hold to be copied as it is, and what every byte becomes. Text is valid already
// (src/event/record.h); should a forbidden control character come along all the same, it becomes
// U+FFFD.
namespace pidigree {

// 16 bytes at a time, in what vector registers the target has.
using TextBlock = uint8_t __attribute__((vector_size(16)));

// What one byte becomes. One size for all, so that a table of them is copied from without branches.
struct EscapedByte {
  uint8_t size = 1;
  std::array<char, 7> text = {};
};
using EscapeTable = std::array<EscapedByte, 256>;

constexpr EscapeTable MakeEscapeTable(
    std::initializer_list<std::pair<char, std::string_view>> escapes) {
  EscapeTable table;
  const auto set = [&table](size_t byte, std::string_view text) {
    table[byte].size = static_cast<uint8_t>(text.size());
    for (size_t i = 0; i < text.size(); ++i) table[byte].text[i] = text[i];
  };
  for (size_t byte = 0; byte < table.size(); ++byte) {
    if (byte < 0x20) {
      set(byte, "\xef\xbf\xbd");
    } else {
      table[byte].text[0] = static_cast<char>(byte);
    }
  }
  for (const auto& [byte, text] : escapes) set(static_cast<uint8_t>(byte), text);
  return table;
}

struct XmlEscape {
  static constexpr EscapeTable kTable = MakeEscapeTable({{'&', "&amp;"},
                                                         {'<', "&lt;"},
                                                         {'>', "&gt;"},
                                                         {'"', "&quot;"},
                                                         {'\n', "&#10;"},
                                                         {'\r', "&#13;"},
                                                         {'\t', "&#9;"}});
  static TextBlock NotClean(TextBlock b) {
    // '<' and '>' differ in one bit, as do '&' and '"'.
    return TextBlock(((b | 2) == '>') | ((b | 4) == '&') | (b < 0x20));
  }
};

struct JsonEscape {
  static constexpr EscapeTable kTable =
      MakeEscapeTable({{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}});
  static TextBlock NotClean(TextBlock b) {
    return TextBlock((b == '"') | (b == '\\') | (b < 0x20));
  }
};

// How far the functions below may write beyond what they return.
constexpr size_t kEscapeSlack = sizeof(TextBlock);

namespace escape_detail {

template <typename T>
T Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void Store(char* to, const T& value) {
  std::memcpy(to, &value, sizeof value);
}

inline bool AnySet(TextBlock block) {
  const auto halves = Load<std::array<uint64_t, 2>>(reinterpret_cast<const char*>(&block));
  return (halves[0] | halves[1]) != 0;
}

// Copies `text`, which is at least Half and at most two of them long, as two halves that overlap.
template <typename Half, typename Escape>
bool CopyHalves(std::string_view text, char* out) {
  const char* const last = text.data() + text.size() - sizeof(Half);
  const auto first_half = Load<Half>(text.data());
  const auto last_half = Load<Half>(last);
  TextBlock block = {};
  block |= ' ';
  std::memcpy(&block, &first_half, sizeof(Half));
  std::memcpy(reinterpret_cast<char*>(&block) + sizeof(Half), &last_half, sizeof(Half));
  Store(out, first_half);
  Store(out + text.size() - sizeof(Half), last_half);
  return !AnySet(Escape::NotClean(block));
}

}  // namespace escape_detail

// Copies `text` to `out` if nothing in it needs escaping. Returns whether that was so; if not, what
// `out` holds is worthless. Needs room for text.size() bytes.
template <typename Escape>
bool CopyClean(std::string_view text, char* out) {
  using namespace escape_detail;
  const size_t size = text.size();
  if (size > sizeof(TextBlock)) {
    TextBlock not_clean = {};
    const size_t last = size - sizeof(TextBlock);
    for (size_t i = 0; i < last; i += sizeof(TextBlock)) {
      const auto block = Load<TextBlock>(text.data() + i);
      Store(out + i, block);
      not_clean |= Escape::NotClean(block);
    }
    const auto block = Load<TextBlock>(text.data() + last);  // overlaps the one before
    Store(out + last, block);
    return !AnySet(not_clean | Escape::NotClean(block));
  }
  if (size >= 8) return CopyHalves<uint64_t, Escape>(text, out);
  if (size >= 4) return CopyHalves<uint32_t, Escape>(text, out);
  bool clean = true;
  for (size_t i = 0; i < size; ++i) {
    out[i] = text[i];
    clean &= Escape::kTable[static_cast<uint8_t>(text[i])].size == 1;
  }
  return clean;
}

// Number of bytes that `text` has once escaped.
template <typename Escape>
size_t EscapedSize(std::string_view text) {
  size_t size = 0;
  for (const char c : text) size += Escape::kTable[static_cast<uint8_t>(c)].size;
  return size;
}

// Writes `text` escaped to `out`, which has room for EscapedSize() + kEscapeSlack bytes. Returns
// the end of what was written.
template <typename Escape>
char* CopyEscaped(std::string_view text, char* out) {
  using namespace escape_detail;
  while (!text.empty()) {
    size_t bytes = std::min(text.size(), sizeof(TextBlock));
    if (bytes == sizeof(TextBlock)) {
      const auto block = Load<TextBlock>(text.data());
      if (!AnySet(Escape::NotClean(block))) {
        Store(out, block);
        out += bytes;
        text.remove_prefix(bytes);
        continue;
      }
    }
    for (size_t i = 0; i < bytes; ++i) {
      const EscapedByte& escaped = Escape::kTable[static_cast<uint8_t>(text[i])];
      Store(out, escaped.text);
      out += escaped.size;
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace pidigree
