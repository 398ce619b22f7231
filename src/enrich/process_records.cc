#include "src/enrich/process_records.h"

#include "schema/events.h"

namespace pidigree {
namespace {

constexpr uint32_t kUnsetId = 0xffffffff;
constexpr uint32_t kRecordIds = 0x7fffffff;  // EventRecordID stays below 2^31

}  // namespace

bool ProcessRecords::InRange(int64_t time_ms) const {
  const UtcTime time = UtcTime::FromMilliseconds(time_ms);
  return (!options_.since || time >= *options_.since) &&
         (!options_.until || time < *options_.until);
}

Value ProcessRecords::Text(SharedText* text, size_t part) {
  if (text == nullptr || text->part(part).empty()) return std::monostate();
  return text->part(part);
}

Record ProcessRecords::MakeCreate(Process& process, const HostNames& host, int64_t utc_ms,
                                  int64_t time_ms, std::string_view description,
                                  std::string_view command_line) {
  constexpr const EventType& type = kProcessCreate;
  Record record = batch_->Make(type);
  record.time_created = UtcTime::FromMilliseconds(time_ms);
  record.computer = host.computer;
  std::span<Value> values = record.values;
  values[type["UtcTime"]] = UtcTime::FromMilliseconds(utc_ms);
  values[type["ProcessGuid"]] = process.guid;
  values[type["ProcessId"]] = uint64_t{process.pid};
  values[type["Image"]] = Text(process.program, kImage);
  if (!description.empty()) values[type["Description"]] = description;
  values[type["CommandLine"]] =
      command_line.empty() ? Text(process.program, kCommandLine) : Value(command_line);
  values[type["CurrentDirectory"]] = Text(process.program, kCurrentDirectory);
  values[type["User"]] = Text(process.user, 0);
  values[type["LogonGuid"]] = Guid::Logon(host.machine, process.logon_second,
                                          process.logon_second == 0 ? 0 : process.session,
                                          process.logon_second == 0 ? 0 : process.auid);
  if (process.uid != kUnsetId) values[type["LogonId"]] = uint64_t{process.uid};
  values[type["TerminalSessionId"]] = uint64_t{process.session};
  values[type["IntegrityLevel"]] = std::string_view("no level");
  values[type["ParentProcessGuid"]] = process.parent_guid;
  values[type["ParentProcessId"]] = uint64_t{process.parent_pid};
  values[type["ParentImage"]] = Text(process.parent_program, kImage);
  values[type["ParentCommandLine"]] = Text(process.parent_program, kCommandLine);
  values[type["ParentUser"]] = Text(process.parent_user, 0);
  return record;
}

bool ProcessRecords::Offer(Record& record) {
  if (options_.filter == nullptr || options_.filter->Include(record)) return true;
  ++statistics_.filtered;
  return false;
}

void ProcessRecords::Hold(std::initializer_list<SharedText*> texts) {
  for (SharedText* text : texts)
    if (text != nullptr) batch_->Hold(table_.texts().Retain(text));
}

void ProcessRecords::Write(Record& record) {
  record.record_id = next_record_id_;
  next_record_id_ = next_record_id_ % kRecordIds + 1;
  batch_->Append(record);
}

void ProcessRecords::Exec(Process& process, const HostNames& host, int64_t time_ms,
                          std::string_view command_line) {
  if (!InRange(time_ms)) return;
  if (!command_line.empty()) command_line = batch_->Copy(command_line);
  Record record = MakeCreate(process, host, time_ms, time_ms, {}, command_line);
  process.offered = true;
  if (!Offer(record)) return;
  AnnounceAncestors(process, host, time_ms);
  Hold({process.program, process.user, process.parent_program, process.parent_user});
  Write(record);
  ++statistics_.creates;
}

void ProcessRecords::AnnounceAncestors(Process& process, const HostNames& host, int64_t time_ms) {
  chain_.clear();
  for (Process* parent = table_.Parent(process); parent != nullptr && !parent->offered;
       parent = table_.Parent(*parent)) {
    parent->offered = true;  // now, so that a loop of links would end here
    chain_.push_back(parent);
  }
  for (size_t i = chain_.size(); i-- > 0;) {
    Process& ancestor = *chain_[i];
    const bool forked =
        ancestor.birth == Process::Birth::kForked &&
        (!options_.since || UtcTime::FromMilliseconds(ancestor.start_ms) >= *options_.since);
    Record record =
        MakeCreate(ancestor, host, ancestor.start_ms, time_ms, forked ? "fork" : "running", {});
    if (!Offer(record)) continue;
    Hold({ancestor.program, ancestor.user, ancestor.parent_program, ancestor.parent_user});
    Write(record);
    ++(forked ? statistics_.fork_announcements : statistics_.running_announcements);
  }
}

void ProcessRecords::Terminate(Process& process, const HostNames& host, int64_t end_ms,
                               int64_t time_ms) {
  if (!process.offered || !InRange(time_ms)) return;
  constexpr const EventType& type = kProcessTerminate;
  Record record = batch_->Make(type);
  record.time_created = UtcTime::FromMilliseconds(time_ms);
  record.computer = host.computer;
  std::span<Value> values = record.values;
  values[type["UtcTime"]] = UtcTime::FromMilliseconds(end_ms);
  values[type["ProcessGuid"]] = process.guid;
  values[type["ProcessId"]] = uint64_t{process.pid};
  values[type["Image"]] = Text(process.program, kImage);
  values[type["User"]] = Text(process.user, 0);
  if (!Offer(record)) return;
  Hold({process.program, process.user});
  Write(record);
  ++statistics_.terminates;
}

void ProcessRecords::Announce(Process& process, const HostNames& host, int64_t time_ms) {
  if (process.offered || !InRange(time_ms)) return;
  // A child's view makes one loop serve both: the process is the nearest ancestor of nobody.
  Process child;
  child.parent = process.self;
  child.parent_generation = process.generation;
  AnnounceAncestors(child, host, time_ms);
}

}  // namespace pidigree
