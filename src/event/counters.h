#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pidigree {

// What is counted on the way from facts to records. Where a source has no such thing, it stays 0.
enum class Counter : uint8_t {
  // Records
  kCreates,  // ProcessCreate written for execs
  kForkAnnouncements,
  kRunningAnnouncements,
  kTerminates,
  kFiltered,   // that the filter dropped
  kOverBound,  // that the process had written too many of

  // Facts
  kForks,
  kExecs,
  kExits,
  kActivities,       // of other kinds
  kDoubleFacts,      // seen by the snapshot, too, or twice
  kIncompleteExecs,  // EXECVE records missing
  kBadPids,          // with a number that no kernel gives to a process

  // Processes
  kUnknownProcesses,   // met in a fact without their fork or the snapshot telling
  kMissedEnds,         // ended without an exit fact; noticed later
  kGuessedParents,     // pid 1 stands for a parent that nothing tells
  kPresentParents,     // running before the start: perhaps adopted since their fork
  kSavedParents,       // running before the start: kept from the saved table
  kEndedWhileStopped,  // in the saved table, not running any more at the start
  kGuidsMoved,         // start ticks moved on, since the PID had the tick already
  kInferredNew,        // a used PID taken for a new process without a fork or exit record
  kInferredSame,       // ... taken for the same process although its PID may have come round
  kInferredParents,    // parents known only from ppid=
  kSilentEnds,         // whose end no record tells; seen when the PID was reused
  kOpenEnds,           // that may live on after the log's last record
  kUndecidedEnds,      // of those: an exit(2) or wait4(2) that leaves it undecided
  kEvicted,            // forgotten to stay within the bound of memory
  kNamespacesUnknown,  // PID namespaces not told from others, likewise
  kCandidatesDropped,  // clone results forgotten before any record named them

  // Texts
  kCommandLinesCut,     // kept shorter than they are, for later use as a parent's
  kUnresolvedPaths,     // of files, with links left in them
  kUnseenExecutables,   // gone before anybody could tell that they were files
  kLateUserNames,       // printed as a number since no answer came in time
  kLateHostNames,       // not told since no answer came in time
  kRepliesUnread,       // of DNS servers: corrupt, or parts of them did not come
  kRepliesCut,          // of DNS servers: told as far as they could be read
  kUnreadDeletions,     // of files whose start is not known
  kExchangesForgotten,  // of datagrams: perhaps told again

  // As it is now
  kLiveProcesses,
  kEndedProcesses,  // still known, for late facts
  kTableBytes,
};
inline constexpr size_t kCounters = static_cast<size_t>(Counter::kTableBytes) + 1;

class Counters {
 public:
  uint64_t& operator[](Counter counter) { return values_[static_cast<size_t>(counter)]; }
  uint64_t operator[](Counter counter) const { return values_[static_cast<size_t>(counter)]; }

 private:
  std::array<uint64_t, kCounters> values_{};
};

}  // namespace pidigree
