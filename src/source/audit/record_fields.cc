#include "src/source/audit/record_fields.h"

#include <array>
#include <charconv>
#include <cstring>

namespace pidigree {
namespace {

// Value of a hexadecimal digit; 0xff for any other byte.
constexpr std::array<uint8_t, 256> kHexValue = [] {
  std::array<uint8_t, 256> values{};
  values.fill(0xff);
  for (uint8_t i = 0; i < 10; ++i) values[size_t{'0'} + i] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values[size_t{'A'} + i] = static_cast<uint8_t>(10 + i);
    values[size_t{'a'} + i] = static_cast<uint8_t>(10 + i);
  }
  return values;
}();

uint8_t HexValue(char digit) { return kHexValue[static_cast<uint8_t>(digit)]; }

template <typename Number>
bool ParseWhole(std::string_view text, Number& value, int base) {
  Number parsed;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, parsed, base);
  if (error != std::errc() || stop != end) return false;
  value = parsed;
  return true;
}

// Which argument a field of EXECVE carries: a7, a7_len or a7[2].
struct ArgumentName {
  enum Form : uint8_t { kNone, kWhole, kLength, kPart } form = kNone;
  uint32_t argument = 0;
  uint32_t part = 0;
};

ArgumentName ParseArgumentName(std::string_view name) {
  ArgumentName result;
  if (name.size() < 2 || name[0] != 'a') return result;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + 1, end, result.argument);
  if (error != std::errc()) return result;
  const std::string_view rest(stop, static_cast<size_t>(end - stop));
  if (rest.empty()) {
    result.form = ArgumentName::kWhole;
  } else if (rest == "_len") {
    result.form = ArgumentName::kLength;
  } else if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']' &&
             ParseDecimal(rest.substr(1, rest.size() - 2), result.part)) {
    result.form = ArgumentName::kPart;
  }
  return result;
}

char* AppendValue(const FieldReader& field, char* out) {
  if (!field.quoted()) {
    const size_t decoded = DecodeHex(field.value(), out);
    if (decoded != 0) return out + decoded;
  }
  // An empty argument's view may be null.
  if (!field.value().empty()) std::memcpy(out, field.value().data(), field.value().size());
  return out + field.value().size();
}

}  // namespace

bool FieldReader::Next() {
  while (at_ != end_ && *at_ == ' ') ++at_;
  const char* name = at_;
  while (at_ != end_ && *at_ != '=') {
    // Words without a value, as in "avc:  denied  { read } for  pid=1", are passed over.
    if (*at_ == ' ') name = at_ + 1;
    ++at_;
  }
  if (at_ == end_) return false;
  name_ = {name, static_cast<size_t>(at_ - name)};
  ++at_;
  quoted_ = false;
  if (at_ != end_ && *at_ == '\'') return false;
  if (at_ != end_ && *at_ == '"') {
    quoted_ = true;
    ++at_;
    const void* close = std::memchr(at_, '"', static_cast<size_t>(end_ - at_));
    torn_ = close == nullptr;
    const char* stop = torn_ ? end_ : static_cast<const char*>(close);
    value_ = {at_, static_cast<size_t>(stop - at_)};
    at_ = torn_ ? end_ : stop + 1;
    return true;
  }
  const char* value = at_;
  while (at_ != end_ && *at_ != ' ') ++at_;
  value_ = {value, static_cast<size_t>(at_ - value)};
  return true;
}

bool ParseDecimal(std::string_view text, uint32_t& value) {
  // The kernel prints an unset id as 4294967295 or -1.
  if (text == "-1") {
    value = kUnset;
    return true;
  }
  return ParseWhole(text, value, 10);
}

bool ParseSignedDecimal(std::string_view text, int64_t& value) {
  return ParseWhole(text, value, 10);
}

bool ParseHex(std::string_view text, uint64_t& value) { return ParseWhole(text, value, 16); }

size_t DecodeHex(std::string_view digits, char* out) {
  if (digits.size() % 2 != 0) return 0;
  uint8_t wrong = 0;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const uint8_t high = HexValue(digits[i]);
    const uint8_t low = HexValue(digits[i + 1]);
    wrong = static_cast<uint8_t>(wrong | high | low);
    out[i / 2] = static_cast<char>(high << 4 | low);
  }
  return (wrong & 0xf0) != 0 ? 0 : digits.size() / 2;
}

std::string_view ReadString(std::string_view value, bool quoted, char*& arena) {
  if (quoted) return value;
  if (value == "(null)" || value == "(none)" || value == "?") return {};
  const size_t decoded = DecodeHex(value, arena);
  if (decoded == 0) return value;
  const std::string_view text(arena, decoded);
  arena += decoded;
  return text;
}

char* ReadExecve(std::string_view fields, ArgvProgress& progress, char* out, bool& fresh) {
  fresh = false;
  FieldReader field(fields);
  while (field.Next()) {
    if (field.name() == "argc") {
      if (progress.started) return out;  // the same record again
      fresh = true;
      progress.started = true;
      if (!ParseDecimal(field.value(), progress.count)) progress.broken = true;
      continue;
    }
    if (!progress.started) {
      // The first record is lost: nobody knows where these belong.
      fresh = true;
      return out;
    }
    const ArgumentName name = ParseArgumentName(field.name());
    if (name.form == ArgumentName::kNone || progress.broken) continue;
    if (name.argument < progress.next_argument) continue;
    const bool in_argument = progress.next_part > 0 || progress.part_chars_left > 0;
    if (name.argument > progress.next_argument) {
      progress.broken = true;
      continue;
    }
    switch (name.form) {
      case ArgumentName::kNone:
        break;
      case ArgumentName::kLength:
        if (!in_argument) {
          fresh = true;
          if (!ParseDecimal(field.value(), progress.part_chars_left)) progress.broken = true;
        }
        break;
      case ArgumentName::kPart:
        if (name.part < progress.next_part) break;
        fresh = true;
        if (name.part > progress.next_part || progress.part_chars_left == 0 || field.torn()) {
          progress.broken = true;
          break;
        }
        if (name.part == 0 && name.argument > 0) *out++ = ' ';
        out = AppendValue(field, out);
        if (field.value().size() < progress.part_chars_left) {
          progress.part_chars_left -= static_cast<uint32_t>(field.value().size());
          ++progress.next_part;
        } else {
          progress.part_chars_left = 0;
          progress.next_part = 0;
          ++progress.next_argument;
        }
        break;
      case ArgumentName::kWhole:
        fresh = true;
        if (in_argument) {
          progress.broken = true;
          break;
        }
        if (name.argument > 0) *out++ = ' ';
        out = AppendValue(field, out);
        if (field.torn()) {
          progress.broken = true;
        } else {
          ++progress.next_argument;
        }
        break;
    }
  }
  return out;
}

}  // namespace pidigree
