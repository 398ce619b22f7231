#include "src/serialize/line_serializer.h"

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

LineForm MakeForm(const EventType& event, const Writer& writer, XmlEscape) {
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

std::string Member(std::string_view name, uint32_t value) {
  return std::string("\"").append(name).append("\":").append(std::to_string(value));
}

LineForm MakeForm(const EventType& event, const Writer& writer, JsonEscape) {
  LineForm form;
  form.Add(R"({"Event":{"System":{"Provider":{"Name":"Linux-Sysmon",)"
           R"("Guid":"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"},)" +
           Member("EventID", event.id) + "," + Member("Version", event.version) + "," +
           Member("Level", event.level) + "," + Member("Task", event.id) + "," +
           Member("Opcode", 0) +
           R"(,"Keywords":"0x8000000000000000","TimeCreated":{"SystemTime":")");
  form.Add(R"("},"EventRecordID":)");
  form.Add(R"(,"Execution":{)" + Member("ProcessID", writer.process_id) + "," +
           Member("ThreadID", writer.thread_id) +
           R"(},"Channel":"Linux-Sysmon/Operational","Computer":")");
  std::string before =
      R"(","Security":{)" + Member("UserId", writer.user_id) + R"(}},"EventData":{")";
  for (const Field& field : event.fields) {
    form.Add(before.append(field.name).append(R"(":")"));
    before = R"(",")";
  }
  form.Add(R"("}}})");
  return form;
}

}  // namespace

template <typename Escape>
LineSerializer<Escape>::LineSerializer(const Writer& writer) : forms_(kAllEvents.back()->id + 1u) {
  for (const EventType* event : kAllEvents) forms_[event->id] = MakeForm(*event, writer, Escape());
}

template <typename Escape>
bool LineSerializer<Escape>::Append(const Record& record, size_t max_bytes, ByteBuffer& out) const {
  assert(FindEvent(record.type->id) == record.type);
  return LineWriter<Escape>(forms_[record.type->id], record, out).Write(max_bytes);
}

template class LineSerializer<XmlEscape>;
template class LineSerializer<JsonEscape>;

}  // namespace pidigree
