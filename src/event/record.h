#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "schema/event_schema.h"
#include "src/event/guid.h"

namespace pidigree {

// Nanoseconds since 1970-01-01 00:00:00 UTC.
struct UtcTime {
  int64_t ns = 0;

  static constexpr UtcTime FromMilliseconds(int64_t ms) { return {ms * 1'000'000}; }
  constexpr auto operator<=>(const UtcTime&) const = default;
};

// One field of a record. std::monostate is a value that does not exist ("-"). Integers serve
// kUInt16, kUInt32, kPid, kHexInt32 and kLogonId. A string must be valid UTF-8 without characters
// that XML 1.0 forbids: enrich/ sees to that, every later stage relies on it.
using Value = std::variant<std::monostate, std::string_view, Guid, UtcTime, uint64_t, bool>;

// The values of a record, in memory of somebody else. They can be changed only through a record
// that can be changed.
class RecordValues : std::span<Value> {
 public:
  using std::span<Value>::span;
  using std::span<Value>::size;

  Value& operator[](size_t field) { return span::operator[](field); }
  const Value& operator[](size_t field) const { return span::operator[](field); }
  const Value* begin() const { return data(); }
  const Value* end() const { return data() + size(); }
};

// One finished Sysmon event. `values` has one entry for each of `type->fields`, in that order; it
// and all text belong to the batch that holds the record, and live as long as that.
struct Record {
  const EventType* type = nullptr;
  RecordValues values;
  UtcTime time_created{};       // <TimeCreated>: when what caused the event to be written happened
  uint32_t record_id = 0;       // <EventRecordID>
  std::string_view computer{};  // <Computer>
};

}  // namespace pidigree
