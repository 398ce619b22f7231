#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pidigree {

// The life of one host's processes with their true identities: what a Linux kernel did, from which
// AuditLogWriter makes the log that the host would have written and against which LineageOracle
// checks what somebody made of that log.
//
// Everything here is written from the kernel's behaviour and knows nothing of Pidigree's own
// lineage code. Sources: kernel/pid.c, kernel/fork.c, kernel/exit.c, kernel/auditsc.c, fs/exec.c;
// credentials(7), pid_namespaces(7), vfork(2), wait4(2).

constexpr uint32_t kNobody = 0xffffffff;  // (uid_t)-1: an unset login uid or session

enum class Arch : uint8_t { kX86_64, kI386, kAarch64 };

// What can make a record. The first four are fork-like.
enum class Call : uint8_t {
  kFork,
  kVfork,
  kClone,
  kClone3,
  kExecve,
  kExecveat,
  kFailedExec,  // a name tried in a PATH search
  kExit,
  kExitGroup,
  kKill,  // with SIGKILL
  kWait4,
  kUnshare,
  kSetns,
  kOpenat,
  kConnect,
  kAbend,     // ANOM_ABEND: not a call, but a record of its own
  kLogin,     // LOGIN record of a write to /proc/self/loginuid
  kUserAuth,  // USER_AUTH, CRED_ACQ, ... sent by a privileged program
  kService,   // SERVICE_START, sent by pid 1
  kConfigChange,
  kDaemon,  // DAEMON_ROTATE and such: auditd's own, with auditd's own serials
  kBoot,    // nothing survives it; serials start anew
};

constexpr bool IsForkLike(Call call) { return call <= Call::kClone3; }
constexpr bool IsExec(Call call) { return call == Call::kExecve || call == Call::kExecveat; }

// A program in a process: what exec(2) made it. Survives in forked children.
struct TrueImage {
  int32_t process = -1;   // that called exec
  int32_t event = -1;     // of the exec; -1: it ran before the log began, or made no record
  uint32_t number = 0;    // of the exec among the process's own
  std::string file = {};  // the path given to execve
  std::string exe = {};   // what ran; differs from `file` for a script
  std::string comm = {};
  std::string cwd = {};
  std::vector<std::string> argv = {};  // holds Token()
  bool unlinked = false;               // the kernel prints " (deleted)" behind the path
  bool memfd = false;                  // exe is memfd:NAME

  std::string Token() const;  // --truth=p<process>.e<number>
};

struct TrueProcess {
  uint32_t boot = 0;
  uint32_t pid = 0;         // in the initial namespace
  int32_t parent = -1;      // the process that called fork; -1: pid 0
  int32_t fork_event = -1;  // that call's event; -1: before the log, or its caller makes no records
  int32_t birth_image = -1;  // what it ran when it was forked
  uint32_t birth_uid = 0;
  bool before_log = false;
  bool makes_records = true;  // false: its tasks have no audit context
  bool born_inside = false;   // its forker sees an inner PID namespace, so does the fork's result
  bool own_cwd = false;       // it called chdir(2) since its last exec (or birth)
  int64_t born_ms = 0;        // wall clock
  int64_t died_ms = 0;        // wall clock; 0: alive at the end of the log (or boot)
  int32_t born_before = 0;    // number of events recorded before its birth
  int32_t died_before = -1;   // likewise for its death; -1: it lives
  int32_t end_event =
      -1;  // exit, exit_group, ANOM_ABEND of the last task; -1: no record of its own
  bool end_is_exit_group = false;  // end_event alone tells that the process ended
  std::vector<int32_t> images;     // its own execs, oldest first
};

// One audit event as the kernel makes it, in the order in which the kernel gives serials.
struct HistoryEvent {
  Call call = Call::kOpenat;
  Arch arch = Arch::kX86_64;
  bool success = true;
  uint32_t boot = 0;
  int32_t process = -1;  // subject
  int64_t stamp_ms = 0;  // entry of the call on the coarse wall clock, UTC
  uint32_t pid = 0;
  uint32_t ppid = 0;          // as the kernel says when the record is made
  int32_t ppid_process = -1;  // whom it means
  uint32_t uid = 0, euid = 0, auid = kNobody, session = kNobody;
  bool terminal = false;  // tty=pts0 instead of (none)
  int32_t image = -1;     // program after the call
  int64_t exit = 0;
  uint64_t args[4] = {};
  int32_t other = -1;                                  // forked child, killed or reaped process
  bool other_thread = false;                           // fork-like: made a thread
  uint32_t old_auid = kNobody, old_session = kNobody;  // kLogin
  std::string text;  // kFailedExec: path tried; kOpenat: cwd; kUserAuth and kService: record type
};

struct HistoryOptions {
  uint64_t seed = 1;
  uint32_t processes = 1000;  // stop after about so many forks
  uint32_t pid_max = 32768;   // numbers are below it and, after the first wrap, from 300
  uint32_t reboots = 0;
  uint32_t clock_steps = 0;  // times that the clock is set back
  Arch arch = Arch::kX86_64;
  bool init_makes_records = false;  // audit=1 on the kernel command line
  bool containers = true;
  // A dead process's number goes to a process without a visible fork only if some record tells of
  // the death, and numbers of clone3 threads likewise: two processes then are never
  // indistinguishable. Namespaces made behind the audit rules' back, or entered by setns(2), stay
  // small (inner numbers below 300).
  bool decidable = true;
  int64_t start_ms = 1'700'000'000'000;
};

struct History {
  HistoryOptions options;
  std::vector<TrueProcess> processes;
  std::vector<TrueImage> images;
  std::vector<HistoryEvent> events;
};

// Deterministic: the same options always give the same history.
History SimulateHistory(const HistoryOptions& options);

}  // namespace pidigree
