#pragma once

#include <cstdint>

#include "src/event/process_key.h"
#include "src/event/record.h"
#include "src/lineage/process_description.h"

namespace pidigree {

struct ProcessEntry;

// Leads to an entry of a ProcessTable for as long as that is about the same process.
struct ProcessLink {
  ProcessEntry* entry = nullptr;  // null: leads nowhere
  uint32_t generation = 0;
};

// A process as a ProcessTable knows it, whichever source told of it. Texts are owned by the entry.
// There are thousands, live and ended: a source's own members begin with small ones, for which
// there is room behind these.
struct ProcessEntry : ProcessDescription {
  using Index = uint32_t;
  static constexpr Index kNone = 0xffffffff;

  enum class State : uint8_t { kFree, kLive, kEnded };

  uint64_t start_ns = 0;         // CLOCK_BOOTTIME, where the source tells it; else 0
  UtcTime start_utc;             // of the fork, else of what told of it first
  uint64_t pid_ticks = 0;        // of the latest with a PID: the last start tick given to that PID
  uint32_t host = 0;             // which host of the stream
  uint32_t mount_namespace = 0;  // 0: not known

  ProcessEntry* parent = nullptr;  // while its generation is parent_generation
  uint32_t parent_generation = 0;
  uint32_t generation = 0;  // of this entry; changes when it is freed
  uint32_t live_children = 0;
  uint32_t kept_children = 0;  // entries, live or ended, whose `parent` is this one

  Index self = kNone;          // its own index
  Index former_owner = kNone;  // the process that had the PID before
  Index newer = kNone;         // neighbours in the table's order of use
  Index older = kNone;

  // Under which filter its ProcessCreate was offered: of this run, they have higher numbers.
  static constexpr uint32_t kNeverOffered = 0;
  static constexpr uint32_t kOfferedBeforeStart = 1;
  uint32_t offered_in = kNeverOffered;

  State state = State::kFree;
  bool forked : 1 = false;  // its fork was seen, or told by other means; else it was running before
  bool executed : 1 = false;    // it called exec since
  bool only_stays : 1 = false;  // ended long ago, kept as an ancestor that may have to be announced

  ProcessKey process() const { return {pid, start_ns}; }
};

// The parent if it is still in its table, live or ended; else null.
inline ProcessEntry* ParentOf(const ProcessEntry& entry) {
  ProcessEntry* const parent = entry.parent;
  return parent != nullptr && parent->generation == entry.parent_generation ? parent : nullptr;
}

}  // namespace pidigree
