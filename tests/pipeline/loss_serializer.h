#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "schema/events.h"
#include "src/pipeline/agent.h"

namespace pidigree {

// EventRecordID, event id and, of events 255, ID and Description.
class LossSerializer final : public Serializer {
 public:
  bool Append(const Record& record, size_t, ByteBuffer& out) const override {
    out.Append(std::to_string(record.record_id) + " " + std::to_string(record.type->id));
    if (record.type != &kErrorReport) return false;
    for (const Value& value : std::span<const Value>(record.values).subspan(1))
      out.Append(" " + std::string(std::get<std::string_view>(value)));
    return false;
  }
  size_t RecordIdAt(const EventType&) const override { return 0; }
};

inline std::string WithoutId(std::string_view line) {
  return std::string(line.substr(line.find(' ') + 1));
}

}  // namespace pidigree
