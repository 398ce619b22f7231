#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/event/subject.h"
#include "src/lineage/login.h"
#include "src/lineage/pid_space.h"
#include "src/lineage/process_entry.h"

namespace pidigree {

// A process of a log as the table knows it.
struct Process : ProcessEntry {
  bool program_from_exec : 1 = false;
  bool fork_known : 1 = false;          // a fork record made it
  bool child_space_is_new : 1 = false;  // and nobody was born there
  bool begins_space : 1 = false;        // init of `space`: all of that ends with it
  // Its namespace may be one that setns(2) led into: who adopts it there need not be an ancestor.
  bool entered_space : 1 = true;
  // A child of its may have been taken for another's, or another's for its.
  bool births_guessed : 1 = false;
  bool has_ppid : 1 = false;
  bool forks : 1 = false;          // its fork-like calls make records
  bool killed : 1 = false;         // SIGKILL or a core dump: a record it was in may still follow
  bool reaped : 1 = false;         // wait4(2) returned it: it ended, or stopped
  bool surely_reaped : 1 = false;  // ... and the call did not ask for stops

  uint32_t present_ppid = 0;  // ppid= of its latest record; differs once it was adopted
  uint32_t times_parent = 0;  // how often ppid= named it
  Login login;                // for comparison; what is written out stands in the description

  PidSpace space = PidSpace::kUnknown;
  std::optional<PidSpace> child_space;  // of its children, since it called unshare or setns

  uint32_t threads_made = 0;     // clone calls with CLONE_THREAD
  uint32_t threads_ended = 0;    // exit(2) records
  uint32_t unseen_children = 0;  // fork results that stand for nobody known
  uint32_t unseen_clones = 0;    // clone3 results that may be threads

  int64_t last_ms = 0;          // UTC; the latest time at which it is known to have lived
  int64_t last_clock_ms = 0;    // likewise on the clock that is never set back
  int64_t maybe_ended_ms = -1;  // an exit(2) that may have been the last thread's
  uint64_t born_at = 0;         // PidOrder position of its number
  uint64_t seen_at = 0;         // PidOrder position of the newest number when it was last seen
};
static_assert(sizeof(Process) <= 264, "there are thousands");

}  // namespace pidigree
