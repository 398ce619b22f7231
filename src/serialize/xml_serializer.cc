#include "src/serialize/xml_serializer.h"

#include <cassert>
#include <string>

#include "schema/events.h"
#include "src/serialize/line_writer.h"

namespace pidigree {
namespace {

std::string Element(std::string_view name, uint32_t content) {
  std::string out = "<";
  out.append(name).append(">").append(std::to_string(content));
  return out.append("</").append(name).append(">");
}

LineForm MakeForm(const EventType& event, const Writer& writer) {
  LineForm form;
  form.Add(
      "<Event><System>"
      R"(<Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/>)" +
      Element("EventID", event.id) + Element("Version", event.version) +
      Element("Level", event.level) + Element("Task", event.id) + Element("Opcode", 0) +
      R"(<Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime=")");
  form.Add(R"("/><EventRecordID>)");
  form.Add(R"(</EventRecordID><Correlation/><Execution ProcessID=")" +
           std::to_string(writer.process_id) + R"(" ThreadID=")" +
           std::to_string(writer.thread_id) +
           R"("/><Channel>Linux-Sysmon/Operational</Channel><Computer>)");
  std::string before = R"(</Computer><Security UserId=")" + std::to_string(writer.user_id) +
                       R"("/></System><EventData>)";
  for (const Field& field : event.fields) {
    form.Add(before.append(R"(<Data Name=")").append(field.name).append(R"(">)"));
    before = "</Data>";
  }
  form.Add(before + "</EventData></Event>");
  return form;
}

}  // namespace

XmlSerializer::XmlSerializer(const Writer& writer) : forms_(kAllEvents.back()->id + 1u) {
  for (const EventType* event : kAllEvents) forms_[event->id] = MakeForm(*event, writer);
}

bool XmlSerializer::Append(const Record& record, size_t max_bytes, ByteBuffer& out) const {
  assert(FindEvent(record.type->id) == record.type);
  return LineWriter<XmlEscape>(forms_[record.type->id], record, out).Write(max_bytes);
}

}  // namespace pidigree
