#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/event_schema.h"
#include "src/event/record.h"
#include "tests/support/plain_rules.h"

namespace pidigree {

// Whether a field of `type` may lack a value, and print "-": GUIDs, PIDs and ports always have one.
bool MayBeAbsent(FieldType type);

// The value that a field of `type` prints as exactly `text`. nullopt if there is none: "010" is not
// how a number looks. A string views `text`.
std::optional<Value> ValueOfText(FieldType type, std::string_view text);

// An event of `type` with these texts; the other fields have no value, or zero if they always have
// one.
PlainEvent EventWith(const EventType& type, const std::map<std::string, std::string>& texts);

// A plain event as the record that the pipeline would hold: typed values in schema order.
class PlainRecord {
 public:
  // `event` must have a text for each field of `type` and outlive this.
  PlainRecord(const EventType& type, const PlainEvent& event);
  PlainRecord(const PlainRecord&) = delete;
  PlainRecord& operator=(const PlainRecord&) = delete;

  const Record& record() const { return record_; }

 private:
  std::vector<Value> values_;
  Record record_;
};

}  // namespace pidigree
