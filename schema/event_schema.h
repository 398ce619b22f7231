#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pidigree {

// Decides the text form of a value and what `pidigree schema` says of it. Whatever its type, a
// value that does not exist is printed as "-".
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

struct Field {
  std::string_view name;   // exact spelling of <Data Name="...">
  FieldType type;          // text form
  std::string_view doc;    // one line, printed in docs/events.md
  bool meaningful = true;  // false: the field exists for compatibility and never holds anything
  std::string_view since = "4.00";  // first schema version that has the field
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
  DefaultAction by_default;       // without a rule
  std::string_view since;         // first schema version that has the event
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

}  // namespace pidigree
