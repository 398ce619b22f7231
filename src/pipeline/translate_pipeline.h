#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/base/byte_buffer.h"
#include "src/base/free_list.h"
#include "src/base/result.h"
#include "src/pipeline/ordered_stages.h"
#include "src/records/log_engine.h"
#include "src/serialize/serializer.h"
#include "src/sink/sink.h"
#include "src/source/audit/event_assembler.h"
#include "src/source/audit/log_input.h"
#include "src/source/audit/parsed_chunk_pool.h"

namespace pidigree {

// Audit logs in, lines out: reading, assembling, lineage and writing in order, parsing and
// serializing of several chunks at once.
//
// What is under way is bounded by the number of slots and, behind the parser, by the assembler's
// look-ahead window.
class TranslatePipeline : private OrderedStages {
 public:
  struct Stages {
    LogInput& input;
    LogEngine& log;
    const Serializer& serializer;
    Sink& sink;
  };

  // All of `stages` must outlive the pipeline.
  TranslatePipeline(const Stages& stages, unsigned threads, const AssemblerLimits& limits = {});
  ~TranslatePipeline() override;

  // Called after each write with the number of events written so far, on any thread, one call at a
  // time.
  void OnProgress(std::function<void(uint64_t events)> callback);

  // Translates everything. To be called once.
  //
  // Errors: those of the sink. What could not be read is known to the input.
  Result<> Run();

  // The rest is for after Run().
  const AuditStatistics& audit() const { return assembler_.statistics(); }
  // Written events by event id.
  const std::array<uint64_t, 256>& events() const { return events_; }
  // Inputs without a single valid record.
  std::vector<std::string> InputsWithoutRecords() const;

 private:
  // The last items, kEnd, each apply a part of what the assembler holds when the log ends.
  enum class Kind : uint8_t { kChunk, kIdle, kEnd };

  struct Slot {
    Kind kind = Kind::kChunk;
    LogChunk chunk;
    std::shared_ptr<ParsedChunk> parsed;
    std::unique_ptr<EventBatch> batch;  // from Apply() to Write()
    size_t serialized = 0;  // records of the batch that are in `lines`, or have been written
    std::unique_ptr<ByteBuffer> lines;  // from Serialize() to Write()
  };

  bool Read(size_t slot) override;
  void Parse(size_t slot) override;
  void Apply(size_t slot) override;
  void Serialize(size_t slot) override;
  Result<> Write(size_t slot) override;
  void CancelRead() override;

  const Stages stages_;
  const unsigned threads_;
  ParsedChunkPool parsed_chunks_;
  FreeList<EventBatch> batches_;  // may hold references that only Apply() may give back
  FreeList<ByteBuffer> lines_;
  std::vector<Slot> slots_;
  EventAssembler assembler_;  // may hold parsed chunks

  bool read_all_ = false;                      // of Read()
  std::atomic<bool> finished_ = false;         // Apply() has seen the end of everything
  const LogFile* with_records_ = nullptr;      // of Apply(): the last file that had one
  std::set<const LogFile*> have_records_;      // of Apply()
  uint32_t next_record_id_ = 1;                // of Apply()
  std::array<uint64_t, 256> events_{};         // of Write()
  uint64_t events_written_ = 0;                // of Write()
  std::function<void(uint64_t)> on_progress_;  // of Write()
};

}  // namespace pidigree
