#pragma once

#include <cstdint>
#include <string_view>

#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

// What happens to the lives of processes. Numbers are those of the initial PID and user namespaces,
// text is raw bytes that an attacker may have chosen and views memory that lives until the call
// that brought it returns. What a source cannot know is absent.

// Where a process lives: inode numbers of its namespaces (as in /proc/PID/ns), the id of its
// cgroup of the unified hierarchy.
struct ProcessPlace {
  uint32_t mount_namespace = 0;
  uint32_t pid_namespace = 0;
  uint64_t cgroup = 0;
};

// A process that was alive when a snapshot looked at it.
struct TaskFact {
  Subject subject;  // at no time of its own
  ProcessKey present_parent = {};
  ProcessPlace place = {};
  std::string_view comm = {};
  bool kernel_thread = false;
};

// What a fork-like call is known to have made.
enum class ForkResult : uint8_t {
  kProcess,  // fork, vfork, or clone without CLONE_THREAD
  kThread,   // clone with CLONE_THREAD
  kUnknown,  // clone3 in a log: its flags are in user memory
};

// The PID namespace of a child, seen from its parent's.
enum class ChildNamespace : uint8_t {
  kSame,
  kNew,      // one below it that begins with the child: CLONE_NEWPID
  kUnknown,  // the same one or any below it: setns(2) took a descriptor
};

// fork, vfork, clone or clone3 returned a number.
struct ForkFact {
  Subject subject;   // the process that made the call, whoever adopts the child; ids of both
  ProcessKey child;  // of a log: the number in the PID namespace of the caller
  ForkResult result = ForkResult::kProcess;
  ChildNamespace child_namespace = ChildNamespace::kSame;  // by the flags of this call
  bool sibling = false;                                    // CLONE_PARENT

  // Told by the running kernel alone:
  ProcessKey creator = {};     // parent of the caller as it is now; to be used if the caller is new
  ProcessPlace place = {};     // of the child
  std::string_view comm = {};  // of the caller
  bool kernel_thread = false;  // the child runs no program
  KernelPath image =
      {};  // of both; only until the snapshot has ended, and with a mount namespace changed
};

// execve or execveat succeeded.
struct ExecFact {
  Subject subject;  // ids after the exec: euid of a set-user-ID program

  // Told by the running kernel:
  ProcessKey present_parent =
      {};  // real_parent: who adopted an orphan; for a process never seen before
  ProcessPlace place = {};
  uint32_t tty = 0;  // device number of the controlling terminal, tty_nr of proc(5); 0: none
  bool traced = false;
  KernelPath image = {};
  FileIdentity executable = {};
  KernelPath cwd = {};
  std::string_view arguments = {};  // argv, each ended by NUL, as the new program sees it
  bool arguments_cut = false;       // longer than was taken
  std::string_view comm = {};

  // Told by a log, which has the rest in `subject.logged`:
  std::string_view command_line = {};  // arguments joined by single blanks
  bool complete = true;                // false: a record that belongs to the event is missing
};

enum class EndKind : uint8_t {
  kProcess,  // its last thread ended, or all are about to: exit_group(2)
  kThread,   // exit(2): one of its threads ends, perhaps the last
  kAbend,    // it is being killed by a signal that dumps core
};

struct ExitFact {
  Subject subject;
  EndKind kind = EndKind::kProcess;
  int32_t exit_code = 0;  // as wait(2) reports it
  std::string_view comm = {};
};

// SIGKILL was sent.
struct KillFact {
  Subject subject;
  uint32_t target = 0;  // PID
};

// wait4(2) returned a child: it ended, or stopped.
struct ReapFact {
  Subject subject;
  uint32_t child = 0;    // in the PID namespace of the caller
  uint32_t options = 0;  // third argument of wait4(2)
};

// unshare(2) or setns(2): the next children are born into another PID namespace.
struct NamespacesFact {
  Subject subject;
  ChildNamespace of_children = ChildNamespace::kSame;
};

// A record that changes nothing in the life of the process, which made it.
struct SightingFact {
  Subject subject;
};

}  // namespace pidigree
