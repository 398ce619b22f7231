#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "src/event/fact_consumer.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// Bounds of the look-ahead window.
struct AssemblerLimits {
  int64_t look_ahead_ms = 3000;
  uint64_t look_ahead_bytes = 16 << 20;  // log text, all nodes together
  size_t look_ahead_events = 65536;      // likewise
  size_t max_command_line = 8 << 20;     // bytes; longer ones end in "..."
  size_t max_nodes = 65536;
};

// What went through an EventAssembler.
struct AuditStatistics {
  struct Quote {
    std::string file;
    uint64_t line;     // from 1
    std::string text;  // the first bytes, raw
  };

  uint64_t bytes = 0;
  uint64_t lines = 0;
  std::array<uint64_t, kRecordKinds> records{};  // by RecordKind
  uint64_t malformed = 0;
  std::vector<Quote> malformed_quotes;     // the first of them
  std::vector<Quote> unknown_type_quotes;  // of the first records that are RecordKind::kUnknown
  uint64_t unknown_arch = 0;       // SYSCALL records of an architecture we have no table for
  uint64_t events = 0;             // released
  uint64_t facts = 0;              // handed to the consumer
  uint64_t incomplete = 0;         // exec events that lack (part of) their EXECVE records
  uint64_t cut_command_lines = 0;  // longer than AssemblerLimits::max_command_line
  uint64_t late = 0;               // events of which records came after their release
  uint64_t look_ahead_cut = 0;     // events released by look_ahead_bytes or look_ahead_events
  uint64_t reboots = 0;
  uint64_t clock_steps = 0;       // the clock of a node stepped back
  uint64_t duplicates = 0;        // records or events that were there already
  uint64_t node_limit_drops = 0;  // events of nodes beyond AssemblerLimits::max_nodes

  uint64_t Count(RecordKind kind) const { return records[static_cast<size_t>(kind)]; }
};

// Puts the records of events together, and the events of each node into the order of their serials.
//
// An event is known by its node, stamp and serial. It is held until the newest stamp of its node is
// look_ahead_ms past what that was when the event's first record came (or until a bound of
// AssemblerLimits is reached), so that a fork can be announced (FactConsumer::Foresee) before its
// child's records, which often have lower serials. What is handed out depends on the bytes of the
// log only: neither on how it was cut into chunks nor on when they came (but for FlushIdle()).
//
// One thread at a time.
class EventAssembler {
 public:
  explicit EventAssembler(FactConsumer& consumer, const AssemblerLimits& limits = {});
  ~EventAssembler();
  EventAssembler(const EventAssembler&) = delete;
  EventAssembler& operator=(const EventAssembler&) = delete;

  // Takes the next chunk of the log, in input order. Its text and `chunk` are let go (by
  // shared_ptr) when the last of its events has been released.
  void Add(std::shared_ptr<ParsedChunk> chunk);

  // Says that a live input has had nothing new for a while: releases what is held, if the last
  // record is at most a minute away from `now_ms` (UTC); a replayed old log waits for its own
  // clock.
  void FlushIdle(int64_t now_ms);

  // The log has ended: releases what is held, at most about `max_events`. False: there is more.
  bool Finish(size_t max_events = std::numeric_limits<size_t>::max());

  const AuditStatistics& statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pidigree
