#pragma once

#include <vector>

#include "src/serialize/line_form.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// Lines as Sysmon for Linux writes them: <Event><System>...</System><EventData><Data Name="...">,
// without blanks between elements or an XML declaration, in double quotes. Escaped are & < > " and,
// as character references, newline, carriage return and tab: one event is one line.
class XmlSerializer final : public Serializer {
 public:
  explicit XmlSerializer(const Writer& writer);

  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override;
  size_t RecordIdAt(const EventType& event) const override {
    return forms_[event.id].record_id_at();
  }

 private:
  std::vector<LineForm> forms_;  // by event id
};

}  // namespace pidigree
