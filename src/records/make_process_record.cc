#include "src/records/make_process_record.h"

#include "schema/events.h"
#include "src/event/subject.h"

namespace pidigree {

Value TextValue(const SharedText* text, size_t part) {
  if (text == nullptr || text->part(part).empty()) return std::monostate();
  return text->part(part);
}

Record MakeProcessCreate(RecordBatch& batch, const ProcessDescription& process,
                         const Creation& creation) {
  constexpr const EventType& type = kProcessCreate;
  Record record = batch.Make(type);
  record.time_created = creation.time_created;
  record.computer = creation.computer;
  RecordValues& values = record.values;
  values[type["UtcTime"]] = creation.utc_time;
  values[type["ProcessGuid"]] = process.guid;
  values[type["ProcessId"]] = uint64_t{process.pid};
  values[type["Image"]] = TextValue(process.program, kImage);
  if (!creation.description.empty()) values[type["Description"]] = creation.description;
  values[type["CommandLine"]] = creation.command_line.empty()
                                    ? TextValue(process.program, kCommandLine)
                                    : Value(creation.command_line);
  values[type["CurrentDirectory"]] = TextValue(process.program, kCurrentDirectory);
  values[type["User"]] = TextValue(process.user, 0);
  values[type["LogonGuid"]] = creation.logon;
  if (process.uid != kUnset) values[type["LogonId"]] = uint64_t{process.uid};
  values[type["TerminalSessionId"]] = uint64_t{process.session};
  values[type["IntegrityLevel"]] = std::string_view("no level");
  values[type["ParentProcessGuid"]] = process.parent_guid;
  values[type["ParentProcessId"]] = uint64_t{process.parent_pid};
  values[type["ParentImage"]] = TextValue(process.parent_program, kImage);
  values[type["ParentCommandLine"]] = TextValue(process.parent_program, kCommandLine);
  values[type["ParentUser"]] = TextValue(process.parent_user, 0);
  return record;
}

Record MakeProcessTerminate(RecordBatch& batch, const ProcessDescription& process, UtcTime utc_time,
                            UtcTime time_created, std::string_view computer) {
  constexpr const EventType& type = kProcessTerminate;
  Record record = batch.Make(type);
  record.time_created = time_created;
  record.computer = computer;
  RecordValues& values = record.values;
  values[type["UtcTime"]] = utc_time;
  values[type["ProcessGuid"]] = process.guid;
  values[type["ProcessId"]] = uint64_t{process.pid};
  values[type["Image"]] = TextValue(process.program, kImage);
  values[type["User"]] = TextValue(process.user, 0);
  return record;
}

void HoldTexts(const ProcessDescription& process, SharedTextPool& texts, RecordBatch& batch) {
  for (SharedText* text :
       {process.program, process.user, process.parent_program, process.parent_user})
    if (text != nullptr) batch.Hold(texts.Retain(text));
}

}  // namespace pidigree
