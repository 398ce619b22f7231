// What watching processes with BPF costs. As root; elsewhere each benchmark says why it was
// skipped.
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "src/base/unique_fd.h"
#include "src/source/bpf/bpf_source.h"

namespace pidigree {
namespace {

class Ignore : public FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact&) override {}
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact&) override {}
};

EventSet ProcessEvents() { return EventSet{}.set(1).set(5); }

void StartProgram() {
  char name[] = "true";
  char* const argv[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/true", nullptr, nullptr, argv, environ) == 0)
    waitpid(child, nullptr, 0);
}

// The memory that the kernel charges for the maps of this process.
double MapBytes() {
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream file(entry.path());
    bool is_map = false;
    double bytes = 0;
    for (std::string word; file >> word;) {
      is_map = is_map || word == "map_type:";
      if (word == "memlock:") file >> bytes;
    }
    if (is_map) sum += bytes;
  }
  return sum;
}

struct Cost {
  uint64_t ns = 0;
  uint64_t runs = 0;
};

// The programs with these names that were loaded last.
std::map<std::string, Cost> ReadCosts() {
  std::map<std::string, Cost> costs;
  for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const UniqueFd fd(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (fd.get() >= 0 && bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0)
      costs[info.name] = {info.run_time_ns, info.run_cnt};
  }
  return costs;
}

void BM_Open(benchmark::State& state) {
  for (auto _ : state) {
    auto source = BpfSource::Open({});
    if (!source) return state.SkipWithError(source.error().message.c_str());
    state.PauseTiming();
    source->reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Open)->Unit(benchmark::kMillisecond);

// Time and CPU of a program's start and end, with nothing attached.
void BM_SpawnUnwatched(benchmark::State& state) {
  for (auto _ : state) StartProgram();
}
BENCHMARK(BM_SpawnUnwatched)->Unit(benchmark::kMicrosecond)->UseRealTime();

// The same with the programs attached; fork_ns, exec_ns and exit_ns are what the kernel measured
// for one run of each program, its own measuring included.
void BM_SpawnWatched(benchmark::State& state) {
  auto source = BpfSource::Open({});
  if (!source) return state.SkipWithError(source.error().message.c_str());
  Ignore ignore;
  if (!(*source)->Attach(ProcessEvents()) || !(*source)->Snapshot(ignore))
    return state.SkipWithError("cannot attach");
  state.counters["map_MB"] = MapBytes() / 1e6;
  const UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  const auto before = ReadCosts();
  for (auto _ : state) {
    StartProgram();
    benchmark::DoNotOptimize((*source)->Poll(std::chrono::milliseconds(0), 1000, ignore));
  }
  const auto after = ReadCosts();
  for (const char* hook : {"on_fork", "on_exec", "on_exit"}) {
    const Cost& old = before.at(hook);
    const Cost& now = after.at(hook);
    const auto runs = static_cast<double>(now.runs - old.runs);
    state.counters[std::string(hook).substr(3) + "_ns"] =
        static_cast<double>(now.ns - old.ns) / runs;
  }
  uint64_t lost = 0;
  for (const uint64_t count : (*source)->Status().losses) lost += count;
  state.counters["lost"] = static_cast<double>(lost);
}
BENCHMARK(BM_SpawnWatched)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace pidigree
