#include "src/event/value_text.h"

#include <charconv>

#include "src/base/utc_text.h"

namespace pidigree {
namespace {

constexpr std::string_view kAbsent = "-";

// Parsers of Sysmon events take a GUID, a PID and a port for what they are: "-" breaks them.
std::string_view AbsentText(FieldType type) {
  switch (type) {
    case FieldType::kGuid:
      return "{00000000-0000-0000-0000-000000000000}";
    case FieldType::kPid:
    case FieldType::kUInt16:
      return "0";
    case FieldType::kString:
    case FieldType::kUtcTime:
    case FieldType::kUInt32:
    case FieldType::kHexInt32:
    case FieldType::kLogonId:
    case FieldType::kBoolean:
      return kAbsent;
  }
  return kAbsent;
}

std::string_view FormatTime(UtcTime time, char* buffer) {
  FormatUtcMilliseconds(time.ns, buffer);
  return {buffer, kUtcMillisecondsSize};
}

std::string_view FormatNumber(uint64_t number, FieldType type, char* buffer) {
  char* out = buffer;
  int base = 10;
  if (type == FieldType::kHexInt32) {
    *out++ = '0';
    *out++ = 'x';
    base = 16;
  }
  return {buffer, std::to_chars(out, buffer + kValueTextSize, number, base).ptr};
}

struct Formatter {
  FieldType type;
  char* buffer;

  std::string_view operator()(std::monostate) const { return AbsentText(type); }
  std::string_view operator()(std::string_view text) const { return text.empty() ? kAbsent : text; }
  std::string_view operator()(const Guid& guid) const {
    FormatGuid(guid, buffer);
    return {buffer, Guid::kTextSize};
  }
  std::string_view operator()(UtcTime time) const { return FormatTime(time, buffer); }
  std::string_view operator()(uint64_t number) const { return FormatNumber(number, type, buffer); }
  std::string_view operator()(bool flag) const { return flag ? "true" : "false"; }
};

}  // namespace

std::string_view FormatValue(const Value& value, FieldType type, char* buffer) {
  return std::visit(Formatter{type, buffer}, value);
}

}  // namespace pidigree
