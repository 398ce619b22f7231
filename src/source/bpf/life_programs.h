#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bpf/wire.h"
#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/event/event_source.h"
#include "src/source/bpf/attached_group.h"
#include "src/source/bpf/bpf_object.h"
#include "src/source/bpf/process_mutes.h"
#include "src/source/bpf/shared_memory.h"
#include "src/source/bpf/trace_fs.h"

struct bpf_map;
struct bpf_program;

namespace pidigree {

// The BPF programs that watch the lives of processes, and the maps that all programs share.
class LifePrograms {
 public:
  // Hooks, in the order in which they are attached: an exit must not be missed of a process whose
  // fork was seen, nor an exec.
  enum Hook : uint8_t { kExit, kExec, kFork };
  static constexpr size_t kHooks = 3;

  // Loads everything and attaches nothing. `ring_bytes`: a power of two and a multiple of the page.
  // `traces` must outlive it.
  //
  // Errors: what is missing and what would help.
  static Result<LifePrograms> Load(size_t ring_bytes, const TraceFs& traces);

  const char* Name(Hook hook) const;  // such as "raw_tp/sched_process_exec"

  Result<> Attach(Hook hook);
  void Detach(Hook hook);
  bool IsAttached(Hook hook) const { return links_[hook] != nullptr; }

  // While `on`, fork records carry the path of the executable.
  void SetForkImages(bool on);

  // A file of `wire_task` records of all processes.
  Result<UniqueFd> OpenTasks() const;

  int ring_fd() const;
  SharedMaps shared_maps() const;
  ProcessMutes mutes() const;

  // Of all CPUs since Load(). Any thread, likewise the next.
  wire_losses ReadLosses() const;
  // How often the kernel skipped one of these programs.
  uint64_t recursion_misses() const;

 private:
  explicit LifePrograms(const TraceFs& traces);

  const bpf_program* ProgramOf(const char* name) const;
  const bpf_map* MapOf(const char* name) const;

  bool plain_tracepoints_;
  // For plain tracepoints, opened while the agent has all its capabilities: Debian's kernels ask
  // for CAP_SYS_ADMIN.
  std::array<UniqueFd, kHooks> events_;
  BpfObject object_;
  SharedMemory variables_;  // of the programs
  SharedMemory losses_;     // wire_losses, by CPU
  std::array<BpfLink, kHooks> links_;
};

}  // namespace pidigree
