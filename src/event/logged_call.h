#pragma once

#include <cstdint>
#include <string_view>

#include "src/event/subject.h"

namespace pidigree {

enum class CallKind : uint8_t {
  kSighting,    // it changes nothing in the life of the process
  kFork,        // fork, vfork, clone or clone3
  kExec,        // the process replaced its program
  kThreadExit,  // exit(2): one of its threads ended, perhaps the last
  kExit,        // exit_group(2): the process ended
  kAbend,       // it is being killed by a signal that dumps core
  kKill,        // it sent SIGKILL
  kReap,        // wait4(2) returned a child
  kNamespaces,  // unshare(2) or setns(2)
};

// What an event of an audit log says about the process that it is a record of, as the log says it:
// numbers are the kernel's, text is raw bytes (decoded from hex, neither valid UTF-8 nor printable
// for certain).
struct LoggedCall {
  CallKind kind = CallKind::kSighting;
  bool has_ppid = false;  // `ppid` and `tty` are known (from a SYSCALL record)
  bool has_ids = false;   // `uid`, `auid` and `session` are known

  uint32_t host = 0;    // which host of the stream
  uint32_t serial = 0;  // order of events within a host and boot; wraps at 2^32
  int64_t time_ms = 0;  // stamp of the record, UTC: the entry of the system call
  // What to add to `time_ms` for a clock that was never set back during this boot.
  int64_t clock_shift_ms = 0;
  int64_t clock_ms() const { return time_ms + clock_shift_ms; }

  uint32_t pid = 0;           // thread-group id in the initial PID namespace
  uint32_t ppid = 0;          // likewise, of the present parent
  uint32_t uid = kUnset;      // real uid
  uint32_t auid = kUnset;     // login uid
  uint32_t session = kUnset;  // audit session

  std::string_view tty;
  std::string_view exe;          // as d_path() printed it: " (deleted)" may be at its end
  bool exe_is_unlinked = false;  // that " (deleted)" is the kernel's, not part of the name
  std::string_view cwd;          // empty: not known
  std::string_view user;         // name of `uid` as an ENRICHED log gives it; empty: not known
};

// Lives as long as `call`.
inline Subject SubjectOf(const LoggedCall& call) {
  return {.process = {call.pid, 0},
          .ids = {.uid = call.uid, .auid = call.auid, .session = call.session},
          .host = call.host,
          .logged = &call};
}

}  // namespace pidigree
