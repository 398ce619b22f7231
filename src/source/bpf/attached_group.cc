#include "src/source/bpf/attached_group.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "src/source/bpf/huge_heap.h"
#include "src/source/bpf/libbpf_log.h"
#include "src/source/bpf/load_error.h"

namespace pidigree {
namespace {

bpf_program* ProgramOf(const bpf_object& object, std::string_view name) {
  return bpf_object__find_program_by_name(&object, std::string(name).c_str());
}

std::string_view SectionOf(const bpf_program& program) {
  return bpf_program__section_name(&program);
}

std::string NameOf(const bpf_program& program, const HookProgram& at) {
  if (at.tracepoint.empty()) return std::string(SectionOf(program));
  return "tracepoint/" + std::string(at.tracepoint);
}

uint32_t BitsOf(const EventSet& events) {
  uint32_t bits = 0;
  for (uint32_t id = 0; id < events.size(); ++id)
    if (events.test(id)) bits |= event_bit(id);
  return bits;
}

bool IsFunction(std::string_view section) {
  return section.starts_with("fentry/") || section.starts_with("fexit/");
}

}  // namespace

AttachedGroup::AttachedGroup(HookGroup group, const SharedMaps& maps, const TraceFs& traces,
                             int cgroup, bool compat_syscalls)
    : object_(group.object),
      hooks_(std::move(group.hooks)),
      functions_refused_(!traces.Has("available_filter_functions")),
      maps_(maps),
      traces_(traces),
      cgroup_(cgroup) {
  has_compat_ = compat_syscalls && !group.compat.alternatives.empty();
  if (has_compat_) hooks_.push_back(std::move(group.compat));
  states_.resize(hooks_.size());
}

const HookAlternative* AttachedGroup::AlternativeOf(size_t hook) const {
  const auto& alternatives = hooks_[hook].alternatives;
  const size_t chosen = states_[hook].alternative;
  return chosen < alternatives.size() ? &alternatives[chosen] : nullptr;
}

HookObject AttachedGroup::ObjectOf(size_t hook) const {
  const HookAlternative& alternative = *AlternativeOf(hook);
  return alternative.object != nullptr ? alternative.object : object_;
}

bool AttachedGroup::MissesCompat() const {
  for (size_t i = 0; i + 1 < hooks_.size(); ++i) {
    if (!IsAttached(i)) continue;
    for (const HookProgram& at : AlternativeOf(i)->programs)
      if (!at.tracepoint.empty()) return true;
  }
  return false;
}

void AttachedGroup::Attach(const EventSet& wanted) {
  const uint32_t bits = BitsOf(wanted);
  for (size_t i = 0; i < hooks_.size(); ++i)
    states_[i].wanted = std::ranges::any_of(hooks_[i].actions, [bits](kernel_action action) {
      return (events_of_action(action) & bits) != 0;
    });
  if (has_compat_) states_.back().wanted = false;
  AttachMissing();
  if (has_compat_) {
    states_.back().wanted = MissesCompat();
    AttachMissing();
  }
  for (State& state : states_)
    if (!state.wanted) Detach(state);
}

void AttachedGroup::AttachMissing() {
  std::vector<size_t> missing;
  for (size_t i = 0; i < states_.size(); ++i)
    if (states_[i].wanted && !IsAttached(i)) missing.push_back(i);
  if (missing.empty()) return;
  const HugeHeap heap;
  LoadAndAttach(missing);
}

// Until each of the hooks is attached or has no alternative left.
void AttachedGroup::LoadAndAttach(const std::vector<size_t>& hooks) {
  std::vector<size_t> missing = hooks;
  for (;;) {
    std::erase_if(missing, [this](size_t hook) {
      return IsAttached(hook) || AlternativeOf(hook) == nullptr;
    });
    if (missing.empty()) return;
    const auto object = ObjectOf(missing.front());
    std::vector<size_t> together;
    for (const size_t hook : missing)
      if (ObjectOf(hook) == object) together.push_back(hook);
    LoadAndAttachObject(together);
  }
}

// Tries the present alternatives of hooks that are in one object; where that does not work, the
// next ones are the present ones then.
void AttachedGroup::LoadAndAttachObject(const std::vector<size_t>& hooks) {
  const std::span<const std::byte> bytes = ObjectOf(hooks.front())();
  const Object object(bpf_object__open_mem(bytes.data(), bytes.size(), nullptr), BpfDeleter());
  std::vector<size_t> together;
  for (const size_t hook : hooks) {
    if (functions_refused_ && object != nullptr && NeedsFunctions(hook, *object))
      GiveUpAlternative(states_[hook], {ErrorCode::kUnsupported,
                                        "the kernel lets nobody look into its functions"});
    else
      together.push_back(hook);
  }
  if (together.empty()) return;

  const bool refused_before = functions_refused_;
  const Result<> loaded = Load(together, object.get());
  if (!loaded && functions_refused_ != refused_before) return;  // the others may do without
  if (!loaded && together.size() > 1) {
    // Only some of them may be what the kernel does not take.
    for (const size_t hook : together) LoadAndAttachObject({hook});
    return;
  }
  for (const size_t hook : together) {
    if (loaded)
      AttachHook(hook, object);
    else
      GiveUpAlternative(states_[hook], loaded.error());
  }
}

bool AttachedGroup::NeedsFunctions(size_t hook, const bpf_object& object) const {
  return std::ranges::any_of(AlternativeOf(hook)->programs, [&](const HookProgram& at) {
    return IsFunction(SectionOf(*ProgramOf(object, at.name)));
  });
}

Result<> AttachedGroup::Load(const std::vector<size_t>& hooks, bpf_object* object) {
  const LibbpfLog log;
  if (object == nullptr) return FailErrno(errno, "cannot read a BPF object");
  std::set<std::string_view> wanted;
  bool has_functions = false;
  for (const size_t hook : hooks) {
    has_functions |= NeedsFunctions(hook, *object);
    for (const HookProgram& at : AlternativeOf(hook)->programs) wanted.insert(at.name);
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object)
      bpf_program__set_autoload(program, wanted.contains(bpf_program__name(program)));
  for (const auto& [name, fd] :
       {std::pair{"facts", maps_.facts}, std::pair{"losses", maps_.losses},
        std::pair{"scratches", maps_.scratches}, std::pair{"mutes", maps_.mutes}}) {
    bpf_map* const map = bpf_object__find_map_by_name(object, name);
    const int error = map == nullptr ? 0 : bpf_map__reuse_fd(map, fd);
    if (error != 0) return FailErrno(-error, std::string("cannot share the BPF map ") + name);
  }
  if (const int error = bpf_object__load(object); error != 0) {
    functions_refused_ |= has_functions && error == -EPERM;
    return Fail(ErrorCode::kSystem,
                "cannot load BPF programs: " + std::string(ComplaintOf(log.text())));
  }
  return {};
}

void AttachedGroup::GiveUpAlternative(State& state, const Error& error) {
  ++state.alternative;
  if (state.error.find(error.message) != state.error.npos) return;  // another one's, too
  if (!state.error.empty()) state.error += "; ";
  state.error += error.message;
}

void AttachedGroup::AttachHook(size_t hook, const Object& object) {
  State& state = states_[hook];
  std::vector<BpfLink> links;
  std::vector<std::string> names;
  Result<> failed;
  for (const HookProgram& at : AlternativeOf(hook)->programs) {
    if (!at.tracepoint.empty() && !traces_.HasEvent(at.tracepoint)) continue;
    const bpf_program& program = *ProgramOf(*object, at.name);
    Result<BpfLink> link = AttachProgram(program, at);
    if (!link) {
      failed = Fail(link.error());
      break;
    }
    links.push_back(std::move(*link));
    names.push_back(NameOf(program, at));
  }
  if (failed && links.empty()) failed = Fail(ErrorCode::kUnsupported, "no such tracepoint");
  if (!failed) {
    GiveUpAlternative(state, failed.error());
    return;
  }
  state.object = object;
  state.links = std::move(links);
  state.names = std::move(names);
}

Result<BpfLink> AttachedGroup::AttachProgram(const bpf_program& program,
                                             const HookProgram& at) const {
  const LibbpfLog log;
  if (at.tracepoint.empty()) {
    const bool is_for_cgroup = SectionOf(program).starts_with("cgroup");
    if (is_for_cgroup && cgroup_ < 0)
      return Fail(ErrorCode::kUnsupported, "the unified cgroup hierarchy cannot be mounted");
    BpfLink link(is_for_cgroup ? bpf_program__attach_cgroup(&program, cgroup_)
                               : bpf_program__attach(&program));
    if (link == nullptr)
      return FailErrno(errno, "cannot attach to " + std::string(SectionOf(program)));
    return link;
  }
  Result<UniqueFd> event = traces_.OpenEvent(at.tracepoint);
  if (!event) return Fail(event.error());
  BpfLink link(bpf_program__attach_perf_event(&program, event->get()));
  if (link == nullptr)
    return FailErrno(errno, "cannot attach to the tracepoint " + std::string(at.tracepoint));
  event->Release();  // the link closes it
  return link;
}

void AttachedGroup::Detach(State& state) {
  if (state.object == nullptr) return;
  state.links.clear();
  state.names.clear();
  if (state.object.use_count() == 1) misses_before_detach_ += RecursionMisses(*state.object);
  state.object.reset();
}

void AttachedGroup::Describe(std::vector<std::string>& hooks,
                             std::vector<std::string>& unseen) const {
  for (size_t i = 0; i < states_.size(); ++i) {
    const State& state = states_[i];
    if (!state.wanted) continue;
    hooks.insert(hooks.end(), state.names.begin(), state.names.end());
    const std::string what(hooks_[i].what);
    const HookAlternative* const alternative = AlternativeOf(i);
    if (alternative == nullptr) {
      unseen.push_back(what + ": " + (state.error.empty() ? "no hook" : state.error));
      continue;
    }
    const bool sees_compat = has_compat_ && IsAttached(states_.size() - 1);
    const std::string_view missed = sees_compat && !alternative->unseen_with_compat.empty()
                                        ? alternative->unseen_with_compat
                                        : alternative->unseen;
    if (!missed.empty())
      unseen.push_back(what + ": " + std::string(missed) +
                       (state.error.empty() ? "" : " (" + state.error + ")"));
  }
}

uint64_t AttachedGroup::recursion_misses() const {
  uint64_t sum = misses_before_detach_;
  std::set<const bpf_object*> counted;
  for (const State& state : states_) {
    if (state.object != nullptr && counted.insert(state.object.get()).second)
      sum += RecursionMisses(*state.object);
  }
  return sum;
}

}  // namespace pidigree
