#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/event/event_source.h"
#include "src/source/audit/event_assembler.h"
#include "src/source/audit/log_input.h"
#include "src/source/audit/parsed_chunk_pool.h"

namespace pidigree {

// Audit logs as a source: their records, put together and in order, as facts of a past that is told
// from its beginning. It sees what was logged, whatever is wanted, and nothing of the processes
// that are alive now.
//
// Poll() reads for itself, or takes what others read and parse ahead of it in slots: the i-th
// Poll() then tells what the i-th Read() got.
class AuditLogSource final : public EventSource {
 public:
  // `input` must outlive the source. No `slots`: nobody reads ahead.
  explicit AuditLogSource(LogInput& input, const AssemblerLimits& limits = {}, size_t slots = 0);

  Result<> Attach(const EventSet&) override { return {}; }
  Result<> Snapshot(FactConsumer&) override { return {}; }
  // The facts of one more chunk: as many as it holds and those before it allow. Waits as long as
  // LogInput::Read() does. To be called with one and the same consumer, until ended().
  Result<size_t> Poll(std::chrono::milliseconds timeout, size_t max_facts,
                      FactConsumer& consumer) override;
  // For good: what has not been read will not be.
  void Wake() override { input_.Abandon(); }
  SourceStatus Status() const override;

  // Fills a slot: the next one, from 0, and behind the last the first. One call at a time. False:
  // nothing is left, and the slot was not filled.
  bool Read(size_t slot);
  // Several slots may be parsed at once.
  void Parse(size_t slot);

  // Whether Poll() has told everything.
  bool ended() const { return ended_; }

  // After a Poll(), on its thread: what has been told so far, and the inputs without a valid
  // record.
  const AuditStatistics& statistics() const { return assembler_->statistics(); }
  std::vector<std::string> InputsWithoutRecords() const;

 private:
  // The last items, kEnd, each tell a part of what the assembler holds when the log ends.
  enum class Kind : uint8_t { kChunk, kIdle, kEnd };

  struct Slot {
    Kind kind = Kind::kChunk;
    LogChunk chunk;
    std::shared_ptr<ParsedChunk> parsed;
  };

  void NoteRecords(const ParsedChunk& chunk);

  LogInput& input_;
  const AssemblerLimits limits_;
  const bool read_ahead_;
  ParsedChunkPool parsed_chunks_;
  std::vector<Slot> slots_;
  std::unique_ptr<EventAssembler> assembler_;  // from the first Poll() on

  bool read_all_ = false;  // of Read()
  std::atomic<bool> ended_ = false;
  std::atomic<uint64_t> facts_ = 0;        // told
  size_t next_ = 0;                        // of Poll(): the slot
  const LogFile* with_records_ = nullptr;  // of Poll(): the last file that had one
  std::set<const LogFile*> have_records_;  // likewise
};

}  // namespace pidigree
