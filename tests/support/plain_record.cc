#include "tests/support/plain_record.h"

#include <cassert>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace pidigree {
namespace {

std::optional<uint64_t> ParseNumber(std::string_view digits, unsigned base, uint64_t max) {
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return {};
  uint64_t number = 0;
  for (const char c : digits) {
    const size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit >= base) return {};
    number = number * base + digit;
    if (number > max) return {};
  }
  return number;
}

std::optional<Guid> ParseGuidText(std::string_view text) {
  if (text.size() != 38 || text.front() != '{' || text.back() != '}') return {};
  Guid guid;
  size_t digits = 0;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (i == 9 || i == 14 || i == 19 || i == 24) {
      if (text[i] != '-') return {};
      continue;
    }
    const size_t digit = std::string_view("0123456789abcdef").find(text[i]);
    if (digit == std::string_view::npos) return {};
    uint64_t& half = digits < 16 ? guid.high : guid.low;
    half = half << 4 | digit;
    ++digits;
  }
  return guid;
}

std::optional<UtcTime> ParseTime(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kForm = "0000-00-00 00:00:00.000";
  if (text.size() != kForm.size()) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !is_digit : text[i] != kForm[i]) return {};
  }
  const auto part = [&](size_t at, size_t size) {
    return static_cast<unsigned>(std::atoi(std::string(text.substr(at, size)).c_str()));
  };
  const year_month_day date{year{static_cast<int>(part(0, 4))}, month{part(5, 2)}, day{part(8, 2)}};
  if (!date.ok() || part(0, 4) < 1970 || part(0, 4) > 2200) return {};
  if (part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return {};
  const auto time = sys_days(date) + hours(part(11, 2)) + minutes(part(14, 2)) +
                    seconds(part(17, 2)) + milliseconds(part(20, 3));
  // What is finer than a millisecond is cut off in print, never rounded.
  return UtcTime{duration_cast<nanoseconds>(time.time_since_epoch()).count() + 999'999};
}

template <typename T>
std::optional<Value> ToValue(const std::optional<T>& value) {
  return value ? std::optional<Value>(Value(*value)) : std::nullopt;
}

}  // namespace

bool MayBeAbsent(FieldType type) {
  return type != FieldType::kGuid && type != FieldType::kPid && type != FieldType::kUInt16;
}

std::optional<Value> ValueOfText(FieldType type, std::string_view text) {
  if (text == "-" && MayBeAbsent(type)) return Value();
  switch (type) {
    case FieldType::kString:
      return Value(text);
    case FieldType::kUtcTime:
      return ToValue(ParseTime(text));
    case FieldType::kGuid:
      return ToValue(ParseGuidText(text));
    case FieldType::kUInt16:
      return ToValue(ParseNumber(text, 10, 0xffff));
    case FieldType::kUInt32:
    case FieldType::kPid:
    case FieldType::kLogonId:
      return ToValue(ParseNumber(text, 10, 0xffffffff));
    case FieldType::kHexInt32:
      if (!text.starts_with("0x")) return {};
      return ToValue(ParseNumber(text.substr(2), 16, 0xffffffff));
    case FieldType::kBoolean:
      if (text != "true" && text != "false") return {};
      return Value(text == "true");
  }
  return {};
}

PlainEvent EventWith(const EventType& type, const std::map<std::string, std::string>& texts) {
  PlainEvent event{type.id, {}};
  for (const Field& field : type.fields) {
    const auto text = texts.find(std::string(field.name));
    event.fields[std::string(field.name)] = text != texts.end()       ? text->second
                                            : MayBeAbsent(field.type) ? "-"
                                            : field.type == FieldType::kGuid
                                                ? "{00000000-0000-0000-0000-000000000000}"
                                                : "0";
  }
  for ([[maybe_unused]] const auto& [name, text] : texts)
    assert(type.Find(name) != EventType::kNoField);
  return event;
}

PlainRecord::PlainRecord(const EventType& type, const PlainEvent& event) {
  for (const Field& field : type.fields) {
    const std::string& text = event.fields.at(std::string(field.name));
    const std::optional<Value> value = ValueOfText(field.type, text);
    assert(value.has_value());
    values_.push_back(value.value_or(Value()));
  }
  record_.type = &type;
  record_.values = values_;
  record_.computer = "host";
}

}  // namespace pidigree
