#pragma once

#include <cstddef>
#include <string_view>

#include "schema/event_schema.h"
#include "src/event/record.h"

namespace pidigree {

// Room for the longest text that FormatValue() makes itself: a GUID.
constexpr size_t kValueTextSize = Guid::kTextSize;

// The text of `value` as a field of type `type` prints it: what serializers write (before escaping)
// and what filters compare with. Text of strings is `value`'s own; other text stands in `buffer`,
// which holds kValueTextSize characters, or is constant.
//
//   std::monostate    -, but the zero GUID for FieldType::kGuid, 0 for kPid and kUInt16
//   std::string_view  itself, whatever the field's type; - if it is empty
//   Guid              {8-4-4-4-12}, lower case
//   UtcTime           YYYY-MM-DD hh:mm:ss.mmm; a fraction of a millisecond is cut off
//   uint64_t          decimal; 0x1f for FieldType::kHexInt32
//   bool              true or false
std::string_view FormatValue(const Value& value, FieldType type, char* buffer);

}  // namespace pidigree
