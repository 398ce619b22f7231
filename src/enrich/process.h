#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/enrich/login.h"
#include "src/enrich/pid_space.h"
#include "src/enrich/process_description.h"
#include "src/event/process_fact.h"

namespace pidigree {

// A process as the table of a log knows it. Texts are owned by the entry.
struct Process : ProcessDescription {
  using Index = uint32_t;
  static constexpr Index kNone = 0xffffffff;

  enum class State : uint8_t { kFree, kLive, kEnded };
  // How its beginning became known.
  enum class Birth : uint8_t {
    kForked,   // a fork record, or the order of PIDs, says that it began within the log
    kRunning,  // it was there before the log, or nothing tells
  };

  uint32_t node = 0;
  uint32_t present_ppid = 0;  // ppid= of its latest record; differs once it was adopted
  uint32_t logon_second = 0;  // UTC second of the session's first record; 0: session unset

  int64_t start_ms = 0;       // UTC; of the fork, else of the first record that names it
  int64_t last_ms = 0;        // UTC; the latest time at which it is known to have lived
  int64_t last_clock_ms = 0;  // likewise on the clock that is never set back
  uint64_t born_at = 0;       // PidOrder position of its number
  uint64_t seen_at = 0;       // PidOrder position of the newest number when it was last seen
  uint32_t times_parent = 0;  // how often ppid= named it
  Login login;                // for comparison; what is written out stands in the description

  Index parent = kNone;  // valid only while the entry's generation is parent_generation
  uint32_t parent_generation = 0;
  uint32_t generation = 0;  // of this entry; changes when it is freed
  uint32_t live_children = 0;
  uint32_t kept_children = 0;  // entries, live or ended, whose `parent` is this one

  PidSpace space = PidSpace::kUnknown;
  std::optional<PidSpace> child_space;  // of its children, since it called unshare or setns

  uint32_t threads_made = 0;     // clone calls with CLONE_THREAD
  uint32_t threads_ended = 0;    // exit(2) records
  uint32_t unseen_children = 0;  // fork results that stand for nobody known
  uint32_t unseen_clones = 0;    // clone3 results that may be threads
  int64_t maybe_ended_ms = -1;   // an exit(2) that may have been the last thread's

  State state = State::kFree;
  Birth birth = Birth::kRunning;
  bool offered = false;  // its ProcessCreate went to the filter
  bool program_from_exec = false;
  bool fork_known = false;          // a fork record made it
  bool child_space_is_new = false;  // and nobody was born there
  bool begins_space = false;        // init of `space`: all of that ends with it
  bool births_guessed =
      false;  // a child of its may have been taken for another's, or another's for its
  bool has_ppid = false;
  bool forks = false;          // its fork-like calls make records
  bool killed = false;         // SIGKILL or a core dump: a record it was in may still follow
  bool reaped = false;         // wait4(2) returned it: it ended, or stopped
  bool surely_reaped = false;  // ... and the call did not ask for stops

  Index self = kNone;   // its own index
  Index newer = kNone;  // neighbours in the table's order of use
  Index older = kNone;
};

}  // namespace pidigree
