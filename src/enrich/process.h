#pragma once

#include <cstddef>
#include <cstdint>

#include "src/base/shared_text.h"
#include "src/event/guid.h"

namespace pidigree {

// What a process runs: the parts of a SharedText, all of them valid text.
enum ProgramPart : size_t { kImage, kCommandLine, kCurrentDirectory };

// A process as the table knows it. Texts are references owned by the entry (null: not known).
struct Process {
  using Index = uint32_t;
  static constexpr Index kNone = 0xffffffff;

  enum class State : uint8_t { kFree, kLive, kEnded };
  // How its beginning became known.
  enum class Birth : uint8_t {
    kForked,   // a fork record, or the order of PIDs, says that it began within the log
    kRunning,  // it was there before the log, or nothing tells
  };
  // Whether fork results of this process are numbers of the initial PID namespace.
  enum class Numbers : uint8_t { kUnknown, kInitial };

  Guid guid;
  Guid parent_guid;
  SharedText* program = nullptr;         // see ProgramPart
  SharedText* user = nullptr;            // part 0: name of `uid`
  SharedText* parent_program = nullptr;  // of the parent at the fork
  SharedText* parent_user = nullptr;

  uint32_t node = 0;
  uint32_t pid = 0;
  uint32_t parent_pid = 0;    // the process that called fork
  uint32_t present_ppid = 0;  // ppid= of its latest record; differs once it was adopted
  uint32_t uid = 0xffffffff;
  uint32_t auid = 0xffffffff;
  uint32_t session = 0xffffffff;
  uint32_t tty_hash = 0;
  uint32_t logon_second = 0;  // UTC second of the session's first record; 0: session unset

  int64_t start_ms = 0;         // UTC; of the fork, else of the first record that names it
  int64_t last_ms = 0;          // UTC; the latest time at which it is known to have lived
  uint64_t born_at = 0;         // PidOrder position of its number
  uint64_t seen_at = 0;         // PidOrder position of the newest number when it was last seen
  uint64_t first_child_at = 0;  // likewise, when it was first named as a parent
  uint32_t times_parent = 0;    // how often ppid= named it

  Index parent = kNone;  // valid only while the entry's generation is parent_generation
  uint32_t parent_generation = 0;
  uint32_t generation = 0;  // of this entry; changes when it is freed
  uint32_t live_children = 0;
  uint32_t kept_children = 0;  // entries, live or ended, whose `parent` is this one

  uint32_t threads_made = 0;     // clone calls with CLONE_THREAD
  uint32_t threads_ended = 0;    // exit(2) records
  uint32_t unseen_children = 0;  // fork results that name nobody so far
  uint32_t unseen_clones = 0;    // of those: clone3 results, perhaps threads
  uint32_t space = 0;            // its PID namespace as InnerNumbers knows it; 0: none
  int64_t maybe_ended_ms = -1;   // an exit(2) that may have been the last thread's

  State state = State::kFree;
  Birth birth = Birth::kRunning;
  Numbers numbers = Numbers::kUnknown;
  bool offered = false;  // its ProcessCreate went to the filter
  bool program_from_exec = false;
  bool fork_known = false;  // a fork record made it
  bool has_ppid = false;
  bool children_elsewhere = false;  // it called unshare or setns: children in another PID namespace
  bool killed = false;              // SIGKILL or a core dump: a record it was in may still follow
  bool reaped = false;              // wait4(2) returned it: it ended, or stopped

  Index self = kNone;   // its own index
  Index newer = kNone;  // neighbours in the table's order of use
  Index older = kNone;
};

}  // namespace pidigree
