#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/event/event_source.h"
#include "src/source/bpf/bpf_object.h"
#include "src/source/bpf/hook_group.h"
#include "src/source/bpf/trace_fs.h"

struct bpf_program;

namespace pidigree {

// The maps that objects share.
struct SharedMaps {
  int facts = -1;
  int losses = -1;
  int scratches = -1;
  int mutes = -1;
};

// Loads and attaches the programs of a group, as far as somebody wants their events, and lets go of
// those that nobody wants any more. Of the alternatives of a hook it takes the first that the
// kernel lets it load and attach, and remembers which that was.
class AttachedGroup {
 public:
  // `traces` must outlive it; so must what `maps` are of.
  // `cgroup` is the root of the unified hierarchy, for programs on cgroups; -1: there is none.
  AttachedGroup(HookGroup group, const SharedMaps& maps, const TraceFs& traces, int cgroup,
                bool compat_syscalls);

  // Hooks that stay are not touched; new ones are attached before others go. It does not fail:
  // what cannot be seen is told.
  void Attach(const EventSet& wanted);

  // Appends what is attached, and what the wanted events do not tell.
  void Describe(std::vector<std::string>& hooks, std::vector<std::string>& unseen) const;

  // How often the kernel skipped one of the programs, since the start.
  uint64_t recursion_misses() const;

 private:
  using Object = std::shared_ptr<bpf_object>;
  struct State {
    size_t alternative = 0;  // as many as the hook has: none works
    std::string error;       // why each that was tried did not
    bool wanted = false;
    Object object;  // while attached
    std::vector<BpfLink> links;
    std::vector<std::string> names;
  };

  const HookAlternative* AlternativeOf(size_t hook) const;
  HookObject ObjectOf(size_t hook) const;
  // Whether one of the hooks in use sees calls of 64-bit programs only.
  bool MissesCompat() const;
  void AttachMissing();
  bool IsAttached(size_t hook) const { return states_[hook].object != nullptr; }
  void LoadAndAttach(const std::vector<size_t>& hooks);
  void LoadAndAttachObject(const std::vector<size_t>& hooks);
  bool NeedsFunctions(size_t hook, const bpf_object& object) const;
  Result<> Load(const std::vector<size_t>& hooks, bpf_object* object);
  void AttachHook(size_t hook, const Object& object);
  static void GiveUpAlternative(State& state, const Error& error);
  Result<BpfLink> AttachProgram(const bpf_program& program, const HookProgram& at) const;
  void Detach(State& state);

  const HookObject object_;
  std::vector<Hook> hooks_;  // of the group; behind them, perhaps, that for 32-bit programs
  bool has_compat_ = false;
  bool functions_refused_;  // the kernel loads no programs for its functions
  const SharedMaps maps_;
  const TraceFs& traces_;
  const int cgroup_;
  std::vector<State> states_;          // by hook
  uint64_t misses_before_detach_ = 0;  // of programs that are not loaded any more
};

}  // namespace pidigree
