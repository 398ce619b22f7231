#include "src/pipeline/translate_pipeline.h"

#include <chrono>
#include <numeric>
#include <utility>

namespace pidigree {
namespace {

// Lines beyond this are serialized and written piece by piece, since a batch may hold far more text
// than the chunk it came from: many records may share one long command line.
constexpr size_t kMaxLinesBytes = 1024 * 1024;

constexpr uint32_t kRecordIds = 0x7fffffff;  // EventRecordID stays below 2^31

constexpr size_t kEventsAtEnd = 256;  // applied at a time: no more than a chunk holds

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

TranslatePipeline::TranslatePipeline(const Stages& stages, unsigned threads,
                                     const AssemblerLimits& limits)
    : stages_(stages),
      threads_(threads),
      slots_(SlotsFor(threads)),
      assembler_(stages.log.engine, limits) {}

TranslatePipeline::~TranslatePipeline() {
  for (Slot& slot : slots_)
    if (slot.batch) batches_.Give(std::move(slot.batch));
  for (size_t i = 0; i < slots_.size(); ++i) stages_.log.engine.Recycle(*batches_.Take());
}

void TranslatePipeline::OnProgress(std::function<void(uint64_t)> callback) {
  on_progress_ = std::move(callback);
}

Result<> TranslatePipeline::Run() { return RunOrderedStages(*this, threads_); }

std::vector<std::string> TranslatePipeline::InputsWithoutRecords() const {
  std::vector<std::string> names;
  for (const auto& file : stages_.input.files())
    if (!have_records_.contains(file.get())) names.push_back(file->name);
  return names;
}

bool TranslatePipeline::Read(size_t index) {
  Slot& slot = slots_[index];
  if (read_all_) {
    slot.kind = Kind::kEnd;
    return !finished_;
  }
  switch (stages_.input.Read(slot.chunk)) {
    case LogInput::Outcome::kChunk:
      slot.kind = Kind::kChunk;
      break;
    case LogInput::Outcome::kIdle:
      slot.kind = Kind::kIdle;
      break;
    case LogInput::Outcome::kEnd:
      slot.kind = Kind::kEnd;
      read_all_ = true;
      break;
  }
  return true;
}

void TranslatePipeline::Parse(size_t index) {
  Slot& slot = slots_[index];
  if (slot.kind != Kind::kChunk) return;
  slot.parsed = parsed_chunks_.Get(slot.chunk.text.size());
  ParseChunk(slot.chunk, *slot.parsed);
  slot.chunk = LogChunk();
}

void TranslatePipeline::Apply(size_t index) {
  Slot& slot = slots_[index];
  slot.batch = batches_.Take();
  stages_.log.engine.Recycle(*slot.batch);
  stages_.log.engine.BeginBatch(*slot.batch);
  switch (slot.kind) {
    case Kind::kChunk: {
      const auto& counts = slot.parsed->records;
      const LogFile* file = slot.parsed->chunk.file.get();
      if (file != with_records_ && std::accumulate(counts.begin(), counts.end(), 0u) > 0) {
        with_records_ = file;
        have_records_.insert(file);
      }
      assembler_.Add(std::move(slot.parsed));
      break;
    }
    case Kind::kIdle:
      assembler_.FlushIdle(NowMs());
      break;
    case Kind::kEnd:
      if (finished_ || !assembler_.Finish(kEventsAtEnd)) break;
      stages_.log.lineage.Finish();
      finished_ = true;
      break;
  }
  for (Record& record : slot.batch->records.records()) {
    record.record_id = next_record_id_;
    next_record_id_ = next_record_id_ % kRecordIds + 1;
  }
  slot.serialized = 0;
}

// Also continues where it stopped.
void TranslatePipeline::Serialize(size_t index) {
  Slot& slot = slots_[index];
  const std::span<const Record> records = slot.batch->records.records();
  if (!slot.lines) slot.lines = lines_.Take();
  slot.lines->Clear();
  while (slot.serialized < records.size() && slot.lines->size() < kMaxLinesBytes) {
    stages_.serializer.Append(records[slot.serialized++], 0, *slot.lines);
    slot.lines->Append('\n');
  }
}

Result<> TranslatePipeline::Write(size_t index) {
  Slot& slot = slots_[index];
  const std::span<const Record> records = slot.batch->records.records();
  for (;;) {
    if (Result<> written = stages_.sink.Write(slot.lines->view()); !written) return written;
    if (slot.serialized == records.size()) break;
    Serialize(index);
  }
  for (const Record& record : records) ++events_[record.type->id & 0xff];
  events_written_ += records.size();
  lines_.Give(std::move(slot.lines));
  batches_.Give(std::move(slot.batch));
  if (on_progress_) on_progress_(events_written_);
  return {};
}

void TranslatePipeline::CancelRead() { stages_.input.Abandon(); }

}  // namespace pidigree
