#include "src/serialize/json_serializer.h"

#include <cassert>
#include <string>

#include "schema/events.h"
#include "src/serialize/line_writer.h"

namespace pidigree {
namespace {

std::string Member(std::string_view name, uint32_t value) {
  return std::string("\"").append(name).append("\":").append(std::to_string(value));
}

LineForm MakeForm(const EventType& event, const Writer& writer) {
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

JsonSerializer::JsonSerializer(const Writer& writer) : forms_(kAllEvents.back()->id + 1u) {
  for (const EventType* event : kAllEvents) forms_[event->id] = MakeForm(*event, writer);
}

bool JsonSerializer::Append(const Record& record, size_t max_bytes, ByteBuffer& out) const {
  assert(FindEvent(record.type->id) == record.type);
  return LineWriter<JsonEscape>(forms_[record.type->id], record, out).Write(max_bytes);
}

}  // namespace pidigree
