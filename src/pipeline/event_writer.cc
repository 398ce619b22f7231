#include "src/pipeline/event_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace pidigree {
namespace {

// Lines are written when there is that much of them, or no more.
constexpr size_t kFlushBytes = 512 * 1024;

// Between two complaints about one output.
constexpr std::chrono::seconds kComplainInterval{10};

}  // namespace

EventWriter::EventWriter(const Parts& parts, std::vector<std::unique_ptr<LineSink>> sinks,
                         Complain complain)
    : parts_(parts), complain_(std::move(complain)) {
  std::vector<size_t> limits;
  limits.reserve(sinks.size());
  for (const auto& sink : sinks) limits.push_back(sink->max_line_bytes());
  std::ranges::sort(limits);
  limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
  for (const size_t limit : limits) forms_.push_back({limit, {}});
  for (auto& sink : sinks) {
    auto output = std::make_unique<Output>();
    output->form =
        static_cast<size_t>(std::ranges::find(limits, sink->max_line_bytes()) - limits.begin());
    output->sink = std::move(sink);
    outputs_.push_back(std::move(output));
  }
}

void EventWriter::Run() {
  while (std::unique_ptr<AgentBatch> batch = parts_.queue.Pop()) {
    Write(*batch);
    parts_.queue.GiveBack(std::move(batch));
  }
}

void EventWriter::Write(AgentBatch& batch) {
  FillHashes(batch);
  if (reopen_.exchange(false)) ReopenSinks();
  const std::span<Record> records = batch.live.records.records();
  size_t flushed = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    Record& record = records[i];
    record.record_id = parts_.ids.Next();
    Serialize(*batch.policy->serializer, record);
    ++events_[record.type->id & 0xff];
    if (forms_.front().lines.bytes().size() < kFlushBytes) continue;
    Flush(batch, flushed, i + 1);
    flushed = i + 1;
  }
  Flush(batch, flushed, records.size());
  if (const Error* error = parts_.ids.error(); (error != nullptr) != ids_failed_) {
    ids_failed_ = error != nullptr;
    complain_(ids_failed_ ? error->message + "; after a crash record ids may come twice"
                          : "record ids are stored again");
  }
}

void EventWriter::FillHashes(AgentBatch& batch) {
  const std::span<Record> records = batch.live.records.records();
  for (const AgentBatch::PendingHash& pending : batch.hashes) {
    Record& record = records[pending.record];
    if (const auto failure = parts_.hashes.Wait(*pending.job, pending.deadline))
      parts_.losses.Add(LossOf(*failure, {&record, 1}));
    else
      record.values[record.type->Find("Hashes")] = std::string_view(pending.job->text);
  }
}

void EventWriter::Serialize(const Serializer& serializer, const Record& record) {
  bool shortened = false;
  std::string_view whole;
  for (Form& form : forms_) {
    ByteBuffer& bytes = form.lines.bytes();
    bool cut = false;
    // Without a limit, or within it, one text serves all.
    if (!whole.empty() && whole.size() <= form.max_bytes) {
      bytes.Append(whole);
    } else {
      cut = serializer.Append(record, form.max_bytes, bytes);
      shortened |= cut;
    }
    form.lines.EndLine();
    if (!cut) whole = form.lines.line(form.lines.size() - 1);
  }
  if (shortened) parts_.losses.Add(LossOf(LossCause::kLineShortened, {&record, 1}));
}

void EventWriter::Flush(const AgentBatch& batch, size_t first, size_t last) {
  if (first == last) return;
  const std::span<const Record> records = batch.live.records.records().subspan(first, last - first);
  size_t written_by_any = 0;
  for (const auto& output : outputs_) {
    size_t written = 0;
    const Result<> result = output->sink->Write(forms_[output->form].lines, written);
    output->written += written;
    written_by_any = std::max(written_by_any, written);
    if (written < records.size()) Lose(*output, records.subspan(written));
    NoteOutcome(*output, result);
  }
  for (Form& form : forms_) form.lines.Clear();

  if (written_by_any > 0)
    for (const auto& output : outputs_)
      parts_.losses.Add(std::exchange(output->lost_now, LossReport{.cause = LossCause::kSink}));
  for (const AgentBatch::Report& report : batch.reports)
    if (report.record >= first + written_by_any && report.record < last)
      parts_.losses.GiveBack(report.loss);
}

void EventWriter::Lose(Output& output, std::span<const Record> records) {
  output.lost += records.size();
  const LossReport loss = LossOf(LossCause::kSink, records);
  LossReport& sum = output.lost_now;
  sum.first = sum.count == 0 ? loss.first : std::min(sum.first, loss.first);
  sum.last = sum.count == 0 ? loss.last : std::max(sum.last, loss.last);
  sum.count += loss.count;
}

void EventWriter::NoteOutcome(Output& output, const Result<>& result) {
  output.works = result.has_value();
  const auto now = std::chrono::steady_clock::now();
  if (!result) {
    if (output.complained_at && now - *output.complained_at < kComplainInterval) return;
    complain_(result.error().message + "; events are lost and counted until it works again");
    output.complained = true;
    output.complained_at = now;
  } else if (std::exchange(output.complained, false)) {
    complain_(output.sink->name() + " works again");
  }
}

void EventWriter::ReopenSinks() {
  for (const auto& output : outputs_)
    if (Result<> reopened = output->sink->Reopen(); !reopened)
      complain_(reopened.error().message + "; going on with what is open");
}

void EventWriter::StopWaiting() {
  for (const auto& output : outputs_) output->sink->StopWaiting();
}

std::vector<LossReport> EventWriter::untold_losses() const {
  std::vector<LossReport> untold;
  for (const auto& output : outputs_)
    if (output->lost_now.count > 0) untold.push_back(output->lost_now);
  return untold;
}

WriterStatus EventWriter::status() const {
  WriterStatus status;
  for (size_t id = 0; id < events_.size(); ++id) status.events[id] = events_[id];
  for (const auto& output : outputs_)
    status.outputs.push_back({output->sink->name(), output->works, output->written, output->lost});
  return status;
}

}  // namespace pidigree
