#pragma once

#include <vector>

#include "src/serialize/escape.h"
#include "src/serialize/line_form.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// A form of lines: the pieces that all records of an event share, with the rest escaped between
// them.
template <typename Escape>
class LineSerializer final : public Serializer {
 public:
  explicit LineSerializer(const Writer& writer);
  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override;
  size_t RecordIdAt(const EventType& event) const override {
    return forms_[event.id].record_id_at();
  }

 private:
  std::vector<LineForm> forms_;  // by event id
};

// Lines as Sysmon for Linux writes them: <Event><System>...</System><EventData><Data Name="...">,
// without blanks between elements or an XML declaration, in double quotes. Escaped are & < > " and,
// as character references, newline, carriage return and tab: one event is one line.
using XmlSerializer = LineSerializer<XmlEscape>;

// The values of the XML form as {"Event":{"System":{...},"EventData":{...}}}, one object a line and
// no blanks. Numbers of System are numbers, but for Keywords, which would not fit a double; every
// value of EventData is a string, in the order of the schema.
using JsonSerializer = LineSerializer<JsonEscape>;

extern template class LineSerializer<XmlEscape>;
extern template class LineSerializer<JsonEscape>;

}  // namespace pidigree
