#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pidigree {

enum class FactKind : uint8_t {
  kSighting,    // the process made a record that changes nothing in its life
  kFork,        // it called fork, vfork, clone or clone3: `other_pid` is the result
  kExec,        // it replaced its program
  kThreadExit,  // exit(2): one of its threads ended, perhaps the last
  kExit,        // exit_group(2): the process ended
  kAbend,       // it is being killed by a signal that dumps core
  kKill,        // it sent SIGKILL to process `other_pid`
  kReap,        // wait4(2) returned `other_pid`: that child ended, or stopped
  kNamespaces,  // unshare(2) or setns(2): its children may be born into another PID namespace
};

// The PID namespace of a child, seen from its parent's.
enum class ChildNamespace : uint8_t {
  kSame,
  kNew,      // one below it that begins with the child: CLONE_NEWPID
  kUnknown,  // the same one or any below it: setns(2) took a descriptor
};

// What a fork-like call is known to have made.
enum class ForkResult : uint8_t {
  kProcess,  // fork, vfork, or clone without CLONE_THREAD
  kThread,   // clone with CLONE_THREAD
  kUnknown,  // clone3: its flags are in user memory
};

constexpr uint32_t kUnset = 0xffffffff;  // (uid_t)-1, also an unset session or login uid

// One thing that an audit log says about a process, as the log says it: numbers are the kernel's,
// text is raw bytes (decoded from hex, neither valid UTF-8 nor printable for certain) and views
// memory that lives until the fact has been applied.
struct ProcessFact {
  FactKind kind = FactKind::kSighting;
  ForkResult fork_result = ForkResult::kProcess;
  // kFork: of the child, by the flags of this call; kNamespaces: of all children from now on.
  ChildNamespace child_namespace = ChildNamespace::kSame;
  bool sibling = false;   // kFork: CLONE_PARENT, the child's ppid= will be the caller's
  bool has_ppid = false;  // `ppid` and `tty` are known (from a SYSCALL record)
  bool has_ids = false;   // `uid`, `auid` and `session` are known
  bool complete = true;   // false: a record that belongs to the event is missing

  uint32_t node = 0;    // which host of the stream: index into its node table
  uint32_t serial = 0;  // order of facts within a node and boot; wraps at 2^32
  int64_t time_ms = 0;  // stamp of the record, UTC: the entry of the system call
  // What to add to `time_ms` for a clock that was never set back during this boot.
  int64_t clock_shift_ms = 0;
  int64_t clock_ms() const { return time_ms + clock_shift_ms; }

  uint32_t pid = 0;           // thread-group id in the initial PID namespace
  uint32_t ppid = 0;          // likewise, of the present parent
  uint32_t uid = kUnset;      // real uid
  uint32_t auid = kUnset;     // login uid
  uint32_t session = kUnset;  // audit session
  uint32_t other_pid = 0;     // see FactKind; for kFork and kReap in the caller's PID namespace
  uint32_t wait_options = 0;  // kReap: third argument of wait4(2)

  std::string_view tty;
  std::string_view exe;           // as d_path() printed it: " (deleted)" may be at its end
  bool exe_is_unlinked = false;   // that " (deleted)" is the kernel's, not part of the name
  std::string_view cwd;           // empty: not known
  std::string_view command_line;  // arguments joined by single blanks; kExec only
  bool has_command_line = false;
  std::string_view user;  // name of `uid` as an ENRICHED log gives it; empty: not known
};

// Takes the facts of a log.
class FactConsumer {
 public:
  virtual ~FactConsumer() = default;

  // Announces a fork that Apply() will bring later, so that a child whose own records come first
  // can be given its true parent. `fork` keeps its address until it has been applied.
  virtual void Foresee(const ProcessFact& fork) = 0;

  // Facts of one node come in the order of their serials.
  virtual void Apply(const ProcessFact& fact) = 0;

  // The host rebooted: serials start anew and every process of the old boot has ended. Each fact
  // announced before has been applied.
  virtual void Reboot(uint32_t node) = 0;

  // `node` is seen for the first time; numbers are given from 0 upwards. `name` is empty for a log
  // without node= prefixes. `first_record` is the log's first record line for that node.
  virtual void NewNode(uint32_t node, std::string_view name, std::string_view first_record) = 0;
};

}  // namespace pidigree
