#include "src/source/bpf/life_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <process.skel.h>
#include <process_tp.skel.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>

#include "src/source/bpf/huge_heap.h"
#include "src/source/bpf/libbpf_log.h"
#include "src/source/bpf/load_error.h"

namespace pidigree {
namespace {

// More than one for each CPU, for programs that are interrupted or preempted.
constexpr size_t kSpareScratches = 6;

struct HookText {
  const char* program;
  const char* program_for_less;  // for raw tracepoints that pass fewer arguments; may be null
  const char* raw_name;
  const char* plain_name;
  const char* plain_event;
};

// By LifePrograms::Hook.
constexpr std::array<HookText, LifePrograms::kHooks> kTexts = {{
    {"on_exit", "on_thread_exit", "raw_tp/sched_process_exit",
     "tracepoint/sched/sched_process_exit", "sched/sched_process_exit"},
    {"on_exec", nullptr, "raw_tp/sched_process_exec", "tracepoint/sched/sched_process_exec",
     "sched/sched_process_exec"},
    {"on_fork", nullptr, "raw_tp/task_newtask", "tracepoint/task/task_newtask",
     "task/task_newtask"},
}};

// The kernel keeps variables in a map of one value, as the object file lays them out. The object
// from process_tp.bpf.c has the same.
using Variables = process_bpf::process_bpf__data;
static_assert(sizeof(Variables) == sizeof(process_tp_bpf::process_tp_bpf__data));

// Source: since 7.0 tracepoints are called inside of SRCU instead of with preemption off.
bool RawTracepointsArePreempted() {
  utsname name{};
  unsigned major = 0;
  return uname(&name) == 0 && std::sscanf(name.release, "%u", &major) == 1 && major >= 7;
}

}  // namespace

LifePrograms::LifePrograms(const TraceFs& traces)
    : plain_tracepoints_(RawTracepointsArePreempted()) {
  for (size_t hook = 0; plain_tracepoints_ && hook < kHooks; ++hook) {
    Result<UniqueFd> event = traces.OpenEvent(kTexts[hook].plain_event);
    if (event)
      events_[hook] = std::move(*event);
    else
      plain_tracepoints_ = false;
  }
  size_t size = 0;
  const void* const bytes =
      plain_tracepoints_ ? process_tp_bpf__elf_bytes(&size) : process_bpf__elf_bytes(&size);
  object_.reset(bpf_object__open_mem(bytes, size, nullptr));
}

Result<LifePrograms> LifePrograms::Load(size_t ring_bytes, const TraceFs& traces) {
  LibbpfLog log;
  const HugeHeap heap;
  LifePrograms programs(traces);
  bpf_object* const object = programs.object_.get();
  const auto explain = [&log](int error) {
    return Fail(ExplainLoadFailure(error, ReadLoadSurroundings(), log.text()));
  };
  if (object == nullptr) return explain(errno);
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return explain(-cpus);
  int error = 0;
  const auto set_size = [&](const char* map, size_t size) {
    if (error == 0)
      error = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map),
                                       static_cast<uint32_t>(size));
  };
  set_size("facts", ring_bytes);
  set_size("scratches", static_cast<size_t>(cpus) + kSpareScratches);
  set_size("losses", static_cast<size_t>(cpus));
  if (error == 0) error = bpf_object__load(object);
  if (error != 0) return explain(-error);
  programs.variables_ =
      MapMemory(bpf_map__fd(programs.MapOf(".data")), sizeof(Variables), PROT_READ | PROT_WRITE);
  programs.losses_ = MapMemory(bpf_map__fd(programs.MapOf("losses")),
                               static_cast<size_t>(cpus) * sizeof(wire_losses), PROT_READ);
  if (!programs.variables_ || !programs.losses_)
    return FailErrno(errno, "cannot map the variables of the BPF programs");
  return programs;
}

const bpf_program* LifePrograms::ProgramOf(const char* name) const {
  return bpf_object__find_program_by_name(object_.get(), name);
}

const bpf_map* LifePrograms::MapOf(const char* name) const {
  return bpf_object__find_map_by_name(object_.get(), name);
}

const char* LifePrograms::Name(Hook hook) const {
  return plain_tracepoints_ ? kTexts[hook].plain_name : kTexts[hook].raw_name;
}

Result<> LifePrograms::Attach(Hook hook) {
  LibbpfLog log;
  const HookText& texts = kTexts[hook];
  if (plain_tracepoints_) {
    UniqueFd event(fcntl(events_[hook].get(), F_DUPFD_CLOEXEC, 0));
    if (!event) return FailErrno(errno, std::string("cannot attach to ") + Name(hook));
    links_[hook].reset(bpf_program__attach_perf_event(ProgramOf(texts.program), event.get()));
    if (links_[hook] != nullptr) event.Release();  // the link closes it
  } else {
    links_[hook].reset(bpf_program__attach(ProgramOf(texts.program)));
    if (links_[hook] == nullptr && errno == EINVAL && texts.program_for_less != nullptr)
      links_[hook].reset(bpf_program__attach(ProgramOf(texts.program_for_less)));
  }
  if (links_[hook] == nullptr)
    return FailErrno(errno, std::string("cannot attach the BPF program to ") + Name(hook));
  return {};
}

void LifePrograms::Detach(Hook hook) { links_[hook].reset(); }

void LifePrograms::SetForkImages(bool on) {
  static_cast<volatile Variables*>(variables_.get())->fork_images = on ? 1 : 0;
}

Result<UniqueFd> LifePrograms::OpenTasks() const {
  LibbpfLog log;
  const BpfLink link(bpf_program__attach_iter(ProgramOf("on_task"), nullptr));
  if (link == nullptr) return FailErrno(errno, "cannot attach the BPF iterator over tasks");
  UniqueFd fd(bpf_iter_create(bpf_link__fd(link.get())));
  if (fd.get() < 0) return FailErrno(errno, "cannot open the BPF iterator over tasks");
  return fd;
}

int LifePrograms::ring_fd() const { return bpf_map__fd(MapOf("facts")); }

SharedMaps LifePrograms::shared_maps() const {
  return {ring_fd(), bpf_map__fd(MapOf("losses")), bpf_map__fd(MapOf("scratches")),
          bpf_map__fd(MapOf("mutes"))};
}

ProcessMutes LifePrograms::mutes() const {
  const bpf_program* const change = ProgramOf("change_mute");
  return {bpf_map__fd(MapOf("mutes")), change == nullptr ? -1 : bpf_program__fd(change)};
}

wire_losses LifePrograms::ReadLosses() const {
  constexpr size_t kCounters = sizeof(wire_losses) / sizeof(uint64_t);
  std::array<uint64_t, kCounters> sum{};
  const auto* const counters = static_cast<const volatile uint64_t*>(losses_.get());
  for (size_t i = 0; i < losses_.get_deleter().bytes / sizeof *counters; ++i)
    sum[i % kCounters] += counters[i];
  return std::bit_cast<wire_losses>(sum);
}

uint64_t LifePrograms::recursion_misses() const { return RecursionMisses(*object_); }

}  // namespace pidigree
