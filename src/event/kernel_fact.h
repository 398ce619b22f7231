#pragma once

#include <cstdint>
#include <string_view>

#include "src/event/process_fact.h"

namespace pidigree {

// What the running kernel says about its processes. Numbers are those of the initial PID and user
// namespaces, times are nanoseconds of CLOCK_BOOTTIME, text is raw bytes that an attacker may have
// chosen and views memory that lives until the call that brought it returns.

// Which process: its thread-group id, and when its leader was made (task_struct.start_boottime,
// which a change of leader by exec keeps). {0, 0}: not known, or the idle task.
struct KernelProcess {
  uint32_t tgid = 0;
  uint64_t start_ns = 0;

  constexpr auto operator<=>(const KernelProcess&) const = default;
};

struct KernelIds {
  uint32_t uid = kUnset;  // real
  uint32_t euid = kUnset;
  uint32_t auid = kUnset;  // login uid
  uint32_t session = kUnset;
};

// Where a process lives: inode numbers of its namespaces (as in /proc/PID/ns), the id of its
// cgroup of the unified hierarchy.
struct KernelPlace {
  uint32_t mount_namespace = 0;
  uint32_t pid_namespace = 0;
  uint64_t cgroup = 0;
};

// A file, as its inode was at that moment.
struct FileIdentity {
  uint64_t device =
      0;  // s_dev of the superblock, in the kernel's encoding; on overlayfs not st_dev
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;  // since 1970, UTC; likewise ctime_ns
  int64_t ctime_ns = 0;
  uint32_t links = 0;  // 0: unlinked
};

// A path that was walked over dentries and mounts to the root of the process's mount namespace.
struct KernelPath {
  std::string_view text;  // without the kernel's " (deleted)"; a memfd: "memfd:NAME"; empty: none
  bool unlinked = false;
  bool cut = false;  // deeper than the walk goes: the leading components are missing
};

// fork, vfork, clone or clone3 made a process (never a thread).
struct KernelFork {
  uint64_t time_ns = 0;
  KernelProcess child;
  KernelProcess parent;  // the process that made the call, whoever adopts the child
  KernelProcess
      creator;    // that of `parent` as the kernel has it now; to be used if `parent` is new
  KernelIds ids;  // of the child
  KernelPlace place;
  std::string_view comm;       // of the parent
  bool kernel_thread = false;  // the child runs no program
  KernelPath
      image;  // of both; only until the snapshot has ended, and with a mount namespace changed
};

// execve or execveat succeeded.
struct KernelExec {
  uint64_t time_ns = 0;
  KernelProcess process;
  KernelProcess
      present_parent;  // real_parent: who adopted an orphan; for a process never seen before
  KernelIds ids;       // after the exec: euid of a set-user-ID program
  KernelPlace place;
  uint32_t tty = 0;  // device number of the controlling terminal, tty_nr of proc(5); 0: none
  bool traced = false;
  KernelPath image;
  FileIdentity executable;
  KernelPath cwd;
  std::string_view arguments;  // argv, each ended by NUL, as the new program sees it
  bool arguments_cut = false;  // longer than was taken
  std::string_view comm;
};

// The last thread of a process ended.
struct KernelExit {
  uint64_t time_ns = 0;
  KernelProcess process;
  int32_t exit_code = 0;  // as wait(2) reports it
  uint32_t uid = kUnset;
  std::string_view comm;
};

// A process that was alive when the snapshot looked at it.
struct KernelTask {
  KernelProcess process;
  KernelProcess present_parent;
  KernelIds ids;
  KernelPlace place;
  std::string_view comm;
  bool kernel_thread = false;
};

// Why facts, or parts of them, were lost before they came to us.
enum class KernelLoss : uint8_t {
  kRingFull,      // no room in the ring buffer
  kScratchBusy,   // the program interrupted itself on the same CPU
  kRecursion,     // the kernel skipped the program since one like it was running
  kMalformed,     // bytes that do not follow bpf/wire.h
  kNameUnread,    // the memory that held the name of a file was gone
  kStartUnread,   // the start of a file that was written was not in memory any more
  kOwnerUnknown,  // nobody knows who opened a connection
  kTargetGone,    // a process that another one got at had ended already
};
inline constexpr int kKernelLosses = static_cast<int>(KernelLoss::kTargetGone) + 1;

struct KernelAccess;
struct KernelBpfProgram;
struct KernelDnsBytes;
struct KernelFileEvent;
struct KernelFlow;
struct KernelImage;
struct KernelModule;
struct KernelPipeEvent;

// Takes facts in the order in which they happened on each CPU, merged by time. One thread.
class KernelFactConsumer {
 public:
  virtual ~KernelFactConsumer() = default;

  // Of the snapshot: all come before the first of the others.
  virtual void Apply(const KernelTask& task) = 0;

  virtual void Apply(const KernelFork& fork) = 0;
  virtual void Apply(const KernelExec& exec) = 0;
  virtual void Apply(const KernelExit& exit) = 0;

  // Of what processes do; not every consumer wants to know.
  virtual void Apply(const KernelFileEvent&) {}
  virtual void Apply(const KernelFlow&) {}
  virtual void Apply(const KernelPipeEvent&) {}
  virtual void Apply(const KernelDnsBytes&) {}
  virtual void Apply(const KernelAccess&) {}
  virtual void Apply(const KernelImage&) {}
  virtual void Apply(const KernelModule&) {}
  virtual void Apply(const KernelBpfProgram&) {}
};

}  // namespace pidigree
