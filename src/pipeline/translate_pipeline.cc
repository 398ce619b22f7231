#include "src/pipeline/translate_pipeline.h"

#include <utility>

namespace pidigree {
namespace {

// Lines beyond this are serialized and written piece by piece, since a batch may hold far more text
// than the chunk it came from: many records may share one long command line.
constexpr size_t kMaxLinesBytes = 1024 * 1024;

}  // namespace

TranslatePipeline::TranslatePipeline(const Stages& stages, unsigned threads)
    : stages_(stages), threads_(threads), slots_(SlotsFor(threads)) {}

TranslatePipeline::~TranslatePipeline() {
  for (Slot& slot : slots_)
    if (slot.batch) batches_.Give(std::move(slot.batch));
  for (size_t i = 0; i < slots_.size(); ++i) stages_.log.engine.Recycle(*batches_.Take());
}

void TranslatePipeline::OnProgress(std::function<void(uint64_t)> callback) {
  on_progress_ = std::move(callback);
}

Result<> TranslatePipeline::Run() { return RunOrderedStages(*this, threads_); }

void TranslatePipeline::Apply(size_t index) {
  Slot& slot = slots_[index];
  slot.batch = batches_.Take();
  stages_.log.engine.Recycle(*slot.batch);
  stages_.log.engine.BeginBatch(*slot.batch);
  // It waits for nothing, and has no errors: what could not be read is known to the input.
  static_cast<void>(stages_.source.Poll({}, 0, stages_.log.engine));
  if (stages_.source.ended() && !std::exchange(finished_, true)) stages_.log.lineage.Finish();
  for (Record& record : slot.batch->records.records()) {
    record.record_id = next_record_id_;
    next_record_id_ = next_record_id_ % kMaxRecordId + 1;
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

}  // namespace pidigree
