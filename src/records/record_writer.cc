#include "src/records/record_writer.h"

#include <cstring>

#include "schema/events.h"
#include "src/records/make_process_record.h"

namespace pidigree {
namespace {

Guid LogonGuid(const ProcessDescription& process) {
  if (process.session == kUnset) return Guid::Logon(process.guid.machine(), 0, 0, 0);
  return Guid::Logon(process.guid.machine(), process.logon_boot, process.session, process.auid);
}

}  // namespace

void RecordWriter::SetFilter(std::shared_ptr<const RecordFilter> filter, ExecutableHasher* hasher) {
  filter_ = std::move(filter);
  hasher_ = hasher;
  for (const EventType* event : kAllEvents)
    wanted_.set(event->id, filter_ == nullptr || filter_->CanInclude(*event));
  ++epoch_;
}

void RecordWriter::BeginBatch(EventBatch& batch) {
  batch_ = &batch;
  batch.filter = filter_;
}

void RecordWriter::Recycle(EventBatch& batch) {
  for (SharedText* text : batch.records.held()) texts_.Release(text);
  batch.records.Clear();
  batch.hashes.clear();
  batch.filter.reset();
}

Record RecordWriter::MakeCreate(const ProcessEntry& entry, UtcTime utc_time, UtcTime time,
                                std::string_view description, std::string_view command_line) const {
  return MakeProcessCreate(batch_->records, entry,
                           {.utc_time = utc_time,
                            .time_created = time,
                            .computer = computers_[entry.host],
                            .description = description,
                            .command_line = command_line,
                            .logon = LogonGuid(entry)});
}

bool RecordWriter::Offer(Record& record, const RecordBatch::Mark& start) {
  if (filter_ == nullptr || filter_->Include(record)) return true;
  ++counters_[Counter::kFiltered];
  batch_->records.DropSince(start);
  return false;
}

HashRequest RecordWriter::RequestFor(const ProcessEntry& entry) const {
  HashRequest request{.record = batch_->records.records().size(),
                      .process = entry.process(),
                      .mount_namespace = entry.mount_namespace};
  if (entry.program == nullptr) return request;
  request.path = entry.program->part(kImage);
  const std::string_view executable = entry.program->part(kExecutable);
  if (executable.size() == sizeof request.executable)
    std::memcpy(&request.executable, executable.data(), executable.size());
  return request;
}

void RecordWriter::HashNow(Record& record, const HashRequest& request) {
  const std::string_view hashes = hasher_->Hash(request);
  if (!hashes.empty()) record.values[record.type->Find("Hashes")] = batch_->records.Copy(hashes);
}

bool RecordWriter::OfferCreate(ProcessEntry& entry, Record& record,
                               const RecordBatch::Mark& start) {
  entry.offered_in = epoch_;
  if (hasher_ != nullptr)
    if (const HashRequest request = RequestFor(entry); request.executable.inode != 0)
      HashNow(record, request);
  return Offer(record, start);
}

void RecordWriter::Write(const ProcessDescription& process, const Record& record) {
  HoldTexts(process, texts_, batch_->records);
  batch_->records.Append(record);
}

void RecordWriter::WriteCreate(const ProcessEntry& entry, const Record& record) {
  if (hasher_ == nullptr) {
    if (const HashRequest request = RequestFor(entry); request.executable.inode != 0)
      batch_->hashes.push_back(request);
  }
  Write(entry, record);
}

void RecordWriter::Exec(ProcessEntry& entry, UtcTime time, std::string_view command_line) {
  if (!InRange(time)) return;
  const RecordBatch::Mark start = batch_->records.mark();
  if (!command_line.empty()) command_line = batch_->records.Copy(command_line);
  Record record = MakeCreate(entry, time, time, {}, command_line);
  if (!OfferCreate(entry, record, start)) return;
  if (ProcessEntry* parent = ParentOf(entry)) Announce(*parent, time);
  WriteCreate(entry, record);
  ++counters_[Counter::kCreates];
}

void RecordWriter::Announce(ProcessEntry& entry, UtcTime time) {
  if (!InRange(time)) return;
  chain_.clear();
  for (ProcessEntry* up = &entry; up != nullptr && !Offered(*up); up = ParentOf(*up)) {
    up->offered_in = epoch_;  // now, so that a loop of links would end here
    chain_.push_back(up);
  }
  for (; !chain_.empty(); chain_.pop_back()) {
    ProcessEntry& ancestor = *chain_.back();
    const bool forked = ancestor.forked && !ancestor.executed &&
                        (!options_.since || ancestor.start_utc >= *options_.since);
    const RecordBatch::Mark start = batch_->records.mark();
    Record record = MakeCreate(ancestor, ancestor.start_utc, time, forked ? "fork" : "running", {});
    if (!OfferCreate(ancestor, record, start)) continue;
    WriteCreate(ancestor, record);
    ++counters_[forked ? Counter::kForkAnnouncements : Counter::kRunningAnnouncements];
  }
}

void RecordWriter::Terminate(ProcessEntry& entry, SharedText* user, UtcTime end, UtcTime time) {
  if (entry.offered_in == ProcessEntry::kNeverOffered || !InRange(time)) return;
  ProcessDescription ended = entry;
  ended.user = user;
  const RecordBatch::Mark start = batch_->records.mark();
  Record record = MakeProcessTerminate(batch_->records, ended, end, time, computers_[entry.host]);
  if (!Offer(record, start)) return;
  Announce(entry, time);
  Write(ended, record);
  ++counters_[Counter::kTerminates];
}

bool RecordWriter::Keep(Record& record, const RecordBatch::Mark& start, Named named,
                        const std::optional<HashRequest>& file) {
  if (!InRange(record.time_created)) {
    batch_->records.DropSince(start);
    return false;
  }
  if (file && hasher_ != nullptr) HashNow(record, *file);
  if (!Offer(record, start)) return false;
  if (named.size() != 0 &&
      !bound_.Admits(named.begin()->entry.process(), record.type->id, record.time_created)) {
    ++counters_[Counter::kOverBound];
    batch_->records.DropSince(start);
    return false;
  }
  return true;
}

void RecordWriter::WriteKept(const Record& record, Named named,
                             const std::optional<HashRequest>& file) {
  for (const Actor& one : named) {
    Announce(one.entry, one.time);
    for (SharedText* text : {one.entry.program, one.user})
      if (text != nullptr) batch_->records.Hold(texts_.Retain(text));
  }
  batch_->records.Append(record);
  if (!file || hasher_ != nullptr) return;
  batch_->hashes.push_back(*file);
  batch_->hashes.back().record = batch_->records.records().size() - 1;
}

}  // namespace pidigree
