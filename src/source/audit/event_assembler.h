#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/seeded_hash.h"
#include "src/event/fact_consumer.h"
#include "src/source/audit/boot_tracker.h"
#include "src/source/audit/event_queue.h"
#include "src/source/audit/parsed_chunk.h"
#include "src/source/audit/released_events.h"
#include "src/source/audit/thread_ids.h"

namespace pidigree {

// Bounds of the look-ahead window.
struct AssemblerLimits {
  int64_t look_ahead_ms = 3000;
  uint64_t look_ahead_bytes = 16 << 20;  // log text, all nodes together
  size_t look_ahead_events = 65536;      // likewise
  size_t max_command_line = 8 << 20;     // bytes; longer ones end in "..."
  size_t max_nodes = 65536;
  bool one_host = false;  // logs that name no host are all of one
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
  uint64_t execs = 0;              // of these
  uint64_t incomplete = 0;         // exec events that lack (part of) their EXECVE records
  uint64_t cut_command_lines = 0;  // longer than AssemblerLimits::max_command_line
  uint64_t late = 0;               // events of which records came after their release
  uint64_t look_ahead_cut = 0;     // events released by look_ahead_bytes or look_ahead_events
  uint64_t reboots = 0;
  uint64_t clock_steps = 0;       // the clock of a node stepped back
  uint64_t duplicates = 0;        // records or events that were there already
  uint64_t node_limit_drops = 0;  // events of nodes beyond AssemblerLimits::max_nodes
  // Files that name no host and cannot be of the one that others before them are of.
  std::vector<std::string> files_apart;

  uint64_t Count(RecordKind kind) const { return records[static_cast<size_t>(kind)]; }
};

// A host whose log it is, with the events of it that wait.
struct AuditNode {
  static constexpr int64_t kNothingReleased = std::numeric_limits<int64_t>::min();

  std::string name;
  uint32_t index = 0;
  BootTracker boot;
  int64_t newest_ms = kNothingReleased;  // stamp
  int64_t released = kNothingReleased;   // order of the last event released in this boot
  EventQueue queue;
  std::unique_ptr<ThreadIds> threads;     // null: no record tells of any
  bool names_processes = false;           // auditd says that the kernel is one without thread ids
  std::vector<PendingEvent*> stragglers;  // or the first events of a new boot, in order of arrival
};

// Puts the records of events together, and the events of each node into the order of their serials.
//
// Logs that name no host are one host's, as long as one goes on where another ended. What runs
// beside another that is there is of a host of its own.
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
  explicit EventAssembler(FactConsumer& consumer, const AssemblerLimits& limits = {})
      : consumer_(consumer), limits_(limits) {}
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

  const AuditStatistics& statistics() const { return statistics_; }

 private:
  // Files of one LogFile::set that names no host.
  struct Nameless {
    AuditNode* node;
    uint32_t serial;  // of the first record
    int64_t time_ms;
    std::string line;
  };

  // Input.
  void BeginFile(const LogFile& file);
  void CountChunk(const ParsedChunk& chunk);
  void KeepQuotes(const QuotedLines& lines, std::vector<AuditStatistics::Quote>& kept) const;
  void TakeFragment(EventFragment& fragment, uint64_t position);
  void ProcessRun();
  void Classify(AuditNode& node, EventFragment& event);
  AuditNode* FindNode(const EventFragment& event);      // null: too many nodes
  AuditNode* FindNameless(const EventFragment& event);  // null: none yet
  bool MayGoOn(const Nameless& before, const ParsedCall& call, std::string_view line) const;
  static std::string_view LineOf(const EventFragment& event);

  // Window.
  void Insert(AuditNode& node, EventFragment& event, int64_t order, uint64_t position);
  void Foresee(AuditNode& node, EventFragment& event);
  void MergeInto(PendingEvent& pending, EventFragment& later);
  void HoldStraggler(AuditNode& node, EventFragment& event, int64_t order);
  PendingEvent* FindStraggler(AuditNode& node, const ParsedCall& call);
  void ApplyStragglers(AuditNode& node);
  void Restart(AuditNode& node);
  void ReleaseDue(AuditNode& node, int64_t clock_ms);
  void ReleaseFront(AuditNode& node);
  void ReleaseAll(AuditNode& node);
  void EnforceBounds();
  PendingEvent& NewPending(AuditNode& node, EventFragment& event, uint64_t position);
  void Unlink(PendingEvent& pending);

  // Output.
  void Emit(AuditNode& node, EventFragment& event);
  void Discard(EventFragment& event);
  void LetGo(ParsedChunk& chunk);

  FactConsumer& consumer_;
  const AssemblerLimits limits_;
  AuditStatistics statistics_;

  // Chunks with fragments that are still needed; held_[i] has sequence first_held_ + i.
  std::deque<std::shared_ptr<ParsedChunk>> held_;
  uint64_t first_held_ = 0;
  std::shared_ptr<const LogFile> file_;
  uint64_t file_lines_ = 0;

  // Consecutive fragments of one event: one event, however the log was cut.
  EventFragment* run_ = nullptr;
  std::shared_ptr<const void> run_text_;  // keeps the text of the chunk that it begins in
  uint64_t run_position_ = 0;
  int64_t newest_input_ms_ = 0;  // stamp of the last event that came

  std::deque<AuditNode> nodes_;
  std::unordered_map<std::string_view, AuditNode*, SeededHasher> nodes_by_name_;
  std::map<std::string, Nameless> nameless_;  // by LogFile::set
  std::string set_;                           // of the present file
  AuditNode* last_node_ = nullptr;
  size_t finished_nodes_ = 0;  // by Finish()

  std::deque<PendingEvent> pending_;  // addresses stay
  std::vector<PendingEvent*> free_pending_;
  size_t pending_count_ = 0;
  PendingEvent* oldest_ = nullptr;
  PendingEvent* newest_ = nullptr;

  ReleasedEvents released_;
  std::string room_;
  std::vector<uint32_t> targets_;
};

}  // namespace pidigree
