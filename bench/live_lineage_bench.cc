// What the life of a process costs the live lineage: the facts of a fork, an exec and its exit, to
// records in a batch. Once without rules and once with 500 of them, and with a table of many live
// processes.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "src/records/live_engine.h"
#include "tests/support/config_xml.h"
#include "tests/support/rule_mix.h"

namespace pidigree {
namespace {

using namespace std::literals;

constexpr int64_t kRules = 500;
constexpr uint32_t kFirstPid = 1000;
constexpr uint32_t kPids = 32768;
constexpr size_t kLivesPerBatch = 64;

constexpr std::string_view kArguments =
    "gcc\0-O2\0-g\0-Wall\0-Wextra\0-Iinclude\0-Ibuild/include\0-c\0-o\0build/src/module.o\0module.c\0"sv;

void BM_Life(benchmark::State& state) {
  const SystemClock clock;
  LiveEngine live({.lineage = {.machine = 1, .boot = 2, .computer = "vm"}}, clock);
  if (state.range(0) != 0)
    live.engine.SetPolicy(
        {.filter = std::make_shared<RuleSet>(
             LoadConfig(PlainXml(MixedRules(static_cast<size_t>(state.range(0))))).config)});
  EventBatch batch;
  live.engine.BeginBatch(batch);

  uint64_t now = 1'000'000;  // facts that have been waiting since then
  const auto fork = [&](const ProcessKey& parent, uint32_t pid) {
    const ProcessKey child{pid, now += 1000};
    live.engine.Apply(
        ForkFact{.subject = {.time_ns = now,
                             .process = parent,
                             .ids = {.uid = 1000, .euid = 1000, .auid = 1000, .session = 3}},
                 .child = child,
                 .creator = {1, 1},
                 .place = {.mount_namespace = 1, .pid_namespace = 2, .cgroup = 3},
                 .comm = "make",
                 .image = {}});
    return child;
  };
  const ProcessKey shell = fork({1, 1}, 2);
  for (int64_t i = 0; i < state.range(1); ++i)
    fork(shell, kFirstPid + kPids + static_cast<uint32_t>(i));

  size_t lives = 0;
  for (auto _ : state) {
    const ProcessKey process = fork(shell, kFirstPid + static_cast<uint32_t>(lives % kPids));
    live.engine.Apply(
        ExecFact{.subject = {.time_ns = now += 1000,
                             .process = process,
                             .ids = {.uid = 1000, .euid = 1000, .auid = 1000, .session = 3}},
                 .present_parent = shell,
                 .place = {.mount_namespace = 1, .pid_namespace = 2, .cgroup = 3},
                 .image = {.text = "/usr/bin/x86_64-linux-gnu-gcc-12"},
                 .executable =
                     {.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5, .links = 1},
                 .cwd = {.text = "/home/alice/src/project/build"},
                 .arguments = kArguments,
                 .comm = "gcc"});
    live.engine.Apply(
        ExitFact{.subject = {.time_ns = now += 1000, .process = process, .ids = {.uid = 1000}},
                 .comm = "gcc"});
    if (++lives % kLivesPerBatch == 0) {
      live.engine.Recycle(batch);
      live.engine.BeginBatch(batch);
    }
  }
  state.SetItemsProcessed(state.iterations());
  const Counters counters = live.engine.counters();
  state.counters["records"] = benchmark::Counter(
      static_cast<double>(counters[Counter::kCreates] + counters[Counter::kTerminates]),
      benchmark::Counter::kAvgIterations);
  live.engine.Recycle(batch);
}
BENCHMARK(BM_Life)->ArgNames({"rules", "live"})->ArgsProduct({{0, kRules}, {0, 20000}});

}  // namespace
}  // namespace pidigree
