#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/byte_buffer.h"
#include "src/base/free_list.h"
#include "src/base/result.h"
#include "src/pipeline/ordered_stages.h"
#include "src/records/log_engine.h"
#include "src/serialize/serializer.h"
#include "src/sink/sink.h"
#include "src/source/audit/audit_log_source.h"

namespace pidigree {

// Audit logs in, lines out: reading, assembling, lineage and writing in order, parsing and
// serializing of several chunks at once.
//
// What is under way is bounded by the number of slots and, behind the parser, by the look-ahead
// window of the source.
class TranslatePipeline : private OrderedStages {
 public:
  struct Stages {
    AuditLogSource& source;  // reads ahead in SlotsFor() the threads
    LogEngine& log;
    const Serializer& serializer;
    Sink& sink;
  };

  // All of `stages` must outlive the pipeline.
  TranslatePipeline(const Stages& stages, unsigned threads);
  ~TranslatePipeline() override;

  // Called after each write with the number of events written so far, on any thread, one call at a
  // time.
  void OnProgress(std::function<void(uint64_t events)> callback);

  // Translates everything. To be called once.
  //
  // Errors: those of the sink. What could not be read is known to the input.
  Result<> Run();

  // After Run(): written events by event id.
  const std::array<uint64_t, 256>& events() const { return events_; }

 private:
  struct Slot {
    std::unique_ptr<EventBatch> batch;  // from Apply() to Write()
    size_t serialized = 0;  // records of the batch that are in `lines`, or have been written
    std::unique_ptr<ByteBuffer> lines;  // from Serialize() to Write()
  };

  bool Read(size_t slot) override { return stages_.source.Read(slot); }
  void Parse(size_t slot) override { stages_.source.Parse(slot); }
  void Apply(size_t slot) override;
  void Serialize(size_t slot) override;
  Result<> Write(size_t slot) override;
  void CancelRead() override { stages_.source.Wake(); }

  const Stages stages_;
  const unsigned threads_;
  FreeList<EventBatch> batches_;  // may hold references that only Apply() may give back
  FreeList<ByteBuffer> lines_;
  std::vector<Slot> slots_;

  bool finished_ = false;                      // of Apply()
  uint32_t next_record_id_ = 1;                // of Apply()
  std::array<uint64_t, 256> events_{};         // of Write()
  uint64_t events_written_ = 0;                // of Write()
  std::function<void(uint64_t)> on_progress_;  // of Write()
};

}  // namespace pidigree
