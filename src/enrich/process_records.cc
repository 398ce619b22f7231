#include "src/enrich/process_records.h"

#include "src/enrich/make_process_record.h"

namespace pidigree {
namespace {

constexpr uint32_t kRecordIds = 0x7fffffff;  // EventRecordID stays below 2^31

}  // namespace

bool ProcessRecords::InRange(int64_t time_ms) const {
  const UtcTime time = UtcTime::FromMilliseconds(time_ms);
  return (!options_.since || time >= *options_.since) &&
         (!options_.until || time < *options_.until);
}

Record ProcessRecords::MakeCreate(Process& process, const RecordHost& host, int64_t utc_ms,
                                  int64_t time_ms, std::string_view description,
                                  std::string_view command_line) {
  const bool logged_on = process.logon_second != 0;
  return MakeProcessCreate(
      *batch_, process,
      {.utc_time = UtcTime::FromMilliseconds(utc_ms),
       .time_created = UtcTime::FromMilliseconds(time_ms),
       .computer = host.computer,
       .description = description,
       .command_line = command_line,
       .logon = Guid::Logon(host.machine, process.logon_second, logged_on ? process.session : 0,
                            logged_on ? process.auid : 0)});
}

bool ProcessRecords::Offer(Record& record) {
  if (options_.filter == nullptr || options_.filter->Include(record)) return true;
  ++counts_.filtered;
  return false;
}

void ProcessRecords::Write(Record& record, const Process& process) {
  HoldTexts(process, table_.texts(), *batch_);
  record.record_id = next_record_id_;
  next_record_id_ = next_record_id_ % kRecordIds + 1;
  batch_->Append(record);
}

void ProcessRecords::Exec(Process& process, const RecordHost& host, int64_t time_ms,
                          std::string_view command_line) {
  if (!InRange(time_ms)) return;
  if (!command_line.empty()) command_line = batch_->Copy(command_line);
  Record record = MakeCreate(process, host, time_ms, time_ms, {}, command_line);
  process.offered = true;
  if (!Offer(record)) return;
  AnnounceAncestors(process, host, time_ms);
  Write(record, process);
  ++counts_.creates;
}

void ProcessRecords::AnnounceAncestors(Process& process, const RecordHost& host, int64_t time_ms) {
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
    Write(record, ancestor);
    ++(forked ? counts_.fork_announcements : counts_.running_announcements);
  }
}

void ProcessRecords::Terminate(Process& process, const RecordHost& host, int64_t end_ms,
                               int64_t time_ms) {
  if (!process.offered || !InRange(time_ms)) return;
  Record record = MakeProcessTerminate(*batch_, process, UtcTime::FromMilliseconds(end_ms),
                                       UtcTime::FromMilliseconds(time_ms), host.computer);
  if (!Offer(record)) return;
  Write(record, process);
  ++counts_.terminates;
}

void ProcessRecords::Announce(Process& process, const RecordHost& host, int64_t time_ms) {
  if (process.offered || !InRange(time_ms)) return;
  // A child's view makes one loop serve both: the process is the nearest ancestor of nobody.
  Process child;
  child.parent = process.self;
  child.parent_generation = process.generation;
  AnnounceAncestors(child, host, time_ms);
}

}  // namespace pidigree
