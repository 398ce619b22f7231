#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pidigree {

// Decides the text form of a value and what `pidigree schema` says of it. A value that does not
// exist is printed as "-", but where readers cannot bear that: a kGuid is all zeros then, a kPid
// and a kUInt16 (ports) 0.
enum class FieldType : uint8_t {
  kString,
  kUtcTime,   // YYYY-MM-DD hh:mm:ss.mmm; a string in Microsoft's manifest
  kGuid,      // {8-4-4-4-12}, lower case
  kUInt16,    // decimal
  kUInt32,    // decimal
  kPid,       // decimal; UInt32 with output type PID in the manifest
  kHexInt32,  // 0x1f
  kLogonId,   // decimal uid; HexInt64 in the manifest
  kBoolean,   // true or false
};

// The type as a Sysmon manifest names it, without its "win:".
constexpr std::string_view ManifestType(FieldType type) {
  switch (type) {
    case FieldType::kString:
    case FieldType::kUtcTime:
      return "UnicodeString";
    case FieldType::kGuid:
      return "GUID";
    case FieldType::kUInt16:
      return "UInt16";
    case FieldType::kUInt32:
      return "UInt32";
    case FieldType::kPid:
      return "UInt32/PID";  // output type PID
    case FieldType::kHexInt32:
      return "HexInt32";
    case FieldType::kLogonId:
      return "HexInt64";
    case FieldType::kBoolean:
      return "Boolean";
  }
  return {};
}

struct Field {
  std::string_view name;   // exact spelling of <Data Name="...">
  FieldType type;          // text form
  std::string_view doc;    // one line, printed in docs/events.md
  bool meaningful = true;  // false: the field exists for compatibility and tells nothing on Linux
  // Schema version that brought it, if that is newer than the event's.
  std::string_view since = "4.00";
};

// What happens to an event that no rule of the configuration names.
enum class DefaultAction : uint8_t { kInclude, kExclude, kAlways };

struct EventType {
  uint16_t id;            // <EventID>
  uint8_t version;        // <Version>; a changed field list is a new version
  uint8_t level;          // <Level>: 4 informational, 2 error
  std::string_view name;  // name of this event alone, e.g. "PipeConnected"; file and heading names
  std::string_view rule;  // its element in <EventFiltering>; empty: never filtered
  std::string_view task;  // task text of the manifest
  std::string_view symbol;        // its name in the manifest
  DefaultAction by_default;       // without a rule
  std::string_view since;         // first schema version that has the event
  std::string_view doc;           // what makes it on Linux; printed in docs/events.md
  std::span<const Field> fields;  // in output order

  static constexpr size_t kNoField = static_cast<size_t>(-1);

  // Position of `field`, kNoField if the event has none of that exact name.
  constexpr size_t Find(std::string_view field) const {
    for (size_t i = 0; i < fields.size(); ++i)
      if (fields[i].name == field) return i;
    return kNoField;
  }

  // Position of `field`. A name the event does not have does not compile.
  consteval size_t operator[](std::string_view field) const {
    const size_t i = Find(field);
    if (i == kNoField) throw "no such field in this event";
    return i;
  }
};

// kType[field] where the type is an argument of a template, in which clang 14 takes that for no
// constant.
template <const EventType& kType>
consteval size_t FieldOf(std::string_view field) {
  return kType[field];
}

}  // namespace pidigree
