#pragma once

#include <vector>

#include "src/serialize/line_form.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// The values of the XML form as {"Event":{"System":{...},"EventData":{...}}}, one object a line and
// no blanks. Numbers of System are numbers, but for Keywords, which would not fit a double; every
// value of EventData is a string, in the order of the schema.
class JsonSerializer final : public Serializer {
 public:
  explicit JsonSerializer(const Writer& writer);

  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override;
  size_t RecordIdAt(const EventType& event) const override {
    return forms_[event.id].record_id_at();
  }

 private:
  std::vector<LineForm> forms_;  // by event id
};

}  // namespace pidigree
