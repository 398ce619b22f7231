// Translates the audit logs of many simulated hosts and checks what comes out against the truth.
//
// PIDIGREE_PROPERTY_SCALE scales the number of histories (property_scale.h).
// PIDIGREE_PROPERTY_FIRST is the first seed of histories with full records (default 1).
// PIDIGREE_PROPERTY_SEED runs the one history with that seed.
// PIDIGREE_PROPERTY_SAVE names a directory that gets the log, the truth and the events of failures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "tests/support/audit_log_writer.h"
#include "tests/support/lineage_oracle.h"
#include "tests/support/process_history.h"
#include "tests/support/property_scale.h"
#include "tests/support/random_host.h"
#include "tests/support/translate_directly.h"

namespace pidigree {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;
constexpr size_t kFullHistories = 1000;
constexpr size_t kShards = 10;
constexpr size_t kExecOnlyHistories = 200;

std::optional<uint64_t> OnlySeed() {
  const char* const seed = std::getenv("PIDIGREE_PROPERTY_SEED");
  if (seed == nullptr) return std::nullopt;
  return std::strtoull(seed, nullptr, 10);
}

uint64_t FirstSeed() {
  const char* const first = std::getenv("PIDIGREE_PROPERTY_FIRST");
  return first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
}

std::vector<LoggedEvent> Translate(std::string_view log) {
  return TranslateDirectly(CutIntoChunks(log, kChunkBytes)).events;
}

std::string Describe(const HistoryOptions& host) {
  return "seed " + std::to_string(host.seed) + ", processes " + std::to_string(host.processes) +
         ", pid_max " + std::to_string(host.pid_max) + ", reboots " + std::to_string(host.reboots) +
         ", clock steps " + std::to_string(host.clock_steps) + ", containers " +
         (host.containers ? "yes" : "no");
}

void Save(const History& history, const AuditLog& log, const std::vector<LoggedEvent>& events) {
  const char* const directory = std::getenv("PIDIGREE_PROPERTY_SAVE");
  if (directory == nullptr) return;
  const std::string path = std::string(directory) + "/" + std::to_string(history.options.seed);
  std::ofstream(path + ".log") << log.text;
  std::ofstream(path + ".truth") << TruthAsJson(history, log);
  std::ofstream out(path + ".events");
  for (const LoggedEvent& event : events) {
    out << event.id;
    for (const auto& [name, value] : event.fields) out << " " << name << "=" << value;
    out << "\n";
  }
}

class FullRecords : public testing::TestWithParam<size_t> {};

TEST_P(FullRecords, GiveTheTrueLineageWithoutAnError) {
  uint64_t missing_ends = 0, execs = 0;
  const auto run = [&](uint64_t seed) {
    const History history = SimulateHistory(AnyHost(seed));
    const LogStyle style = AnyStyle(seed);
    const AuditLog log = WriteAuditLog(history, style);
    const std::vector<LoggedEvent> events = Translate(log.text);
    const LineageVerdict verdict = CheckLineage(history, log, style, events);
    execs += verdict.execs;
    missing_ends += verdict.missing_ends;
    if (!verdict.errors.empty()) {
      Save(history, log, events);
      ADD_FAILURE() << Describe(history.options) << ": " << verdict.errors.size()
                    << " errors, the first:\n"
                    << verdict.errors.front();
    }
  };
  if (OnlySeed()) {
    if (GetParam() == 0) run(*OnlySeed());
    return;
  }
  const size_t count = ScaledCount(kFullHistories);
  for (size_t seed = GetParam(); seed < count; seed += kShards) run(FirstSeed() + seed);
  std::cout << execs << " execs; the log leaves " << missing_ends << " ends open\n";
}

INSTANTIATE_TEST_SUITE_P(Shard, FullRecords, testing::Range(size_t{0}, kShards));

struct Shares {
  uint64_t execs = 0, told_apart = 0, right_parents = 0, present_parents = 0, orphans = 0,
           fork_only_parents = 0;

  void Add(const LineageVerdict& verdict) {
    execs += verdict.execs;
    told_apart += verdict.told_apart;
    right_parents += verdict.right_parents;
    present_parents += verdict.present_parents;
    orphans += verdict.orphans;
    fork_only_parents += verdict.fork_only_parents;
  }
  double Of(uint64_t part) const { return static_cast<double>(part) / static_cast<double>(execs); }
};

TEST(ExecRecordsAlone, GiveRightParentsAndTellProcessesApart) {
  Shares all;
  const size_t count = ScaledCount(kExecOnlyHistories);
  for (uint64_t seed = 1; seed <= count; ++seed) {
    if (OnlySeed() && *OnlySeed() != seed) continue;
    const History history = SimulateHistory(BusyHost(seed));
    LogStyle style;
    style.seed = seed;
    style.rules = AuditRules::kExecOnly;
    style.noise = false;
    style.proctitle = false;
    const AuditLog log = WriteAuditLog(history, style);
    const std::vector<LoggedEvent> events = Translate(log.text);
    const LineageVerdict verdict = CheckLineage(history, log, style, events);
    if (!verdict.errors.empty()) {
      Save(history, log, events);
      ADD_FAILURE() << Describe(history.options) << ": " << verdict.errors.front();
    }
    Shares one;
    one.Add(verdict);
    if (one.Of(one.told_apart) < 0.99 || one.Of(one.right_parents) < 0.9)
      Save(history, log, events);
    all.Add(verdict);
  }
  std::cout << all.execs << " execs, " << all.Of(all.orphans) << " orphans, "
            << all.Of(all.fork_only_parents) << " with fork-only parents; told apart "
            << all.Of(all.told_apart) << ", right parents " << all.Of(all.right_parents)
            << " (of them present at the exec: " << all.Of(all.present_parents) << ")\n";
  EXPECT_GE(all.Of(all.orphans), 0.05);
  EXPECT_GE(all.Of(all.fork_only_parents), 0.05);
  EXPECT_GE(all.Of(all.told_apart), 0.998);
  EXPECT_GE(all.Of(all.right_parents), 0.99);
  EXPECT_GE(all.Of(all.present_parents), 0.985);
}

}  // namespace
}  // namespace pidigree
