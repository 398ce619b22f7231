// Translates the audit logs of many simulated hosts and checks what comes out against the truth.
//
// PIDIGREE_PROPERTY_SCALE scales the number of histories (property_scale.h).
// PIDIGREE_PROPERTY_FIRST is the first seed of histories with full records (default 1).
// PIDIGREE_PROPERTY_SEED runs the one history with that seed.
// PIDIGREE_PROPERTY_SAVE names a directory that gets the log, the truth and the events of failures.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <unordered_map>

#include "tests/support/audit_log_writer.h"
#include "tests/support/exec_host.h"
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
constexpr size_t kManyLapsHistories = 60;

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

// What is made of the log that `host` writes in `style`. With errors it is saved.
LineageVerdict RunOn(const HistoryOptions& host, const LogStyle& style) {
  const History history = SimulateHistory(host);
  const AuditLog log = WriteAuditLog(history, style);
  const std::vector<LoggedEvent> events = Translate(log.text);
  LineageVerdict verdict = CheckLineage(history, log, style, events);
  if (!verdict.errors.empty()) Save(history, log, events);
  return verdict;
}

class FullRecords : public testing::TestWithParam<size_t> {};

TEST_P(FullRecords, GiveTheTrueLineageWithoutAnError) {
  uint64_t missing_ends = 0, execs = 0;
  const auto run = [&](uint64_t seed) {
    const HistoryOptions host = AnyHost(seed);
    const LineageVerdict verdict = RunOn(host, AnyStyle(seed));
    execs += verdict.execs;
    missing_ends += verdict.missing_ends;
    if (!verdict.errors.empty()) {
      ADD_FAILURE() << Describe(host) << ": " << verdict.errors.size() << " errors, the first:\n"
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

// What no record tells is guessed here, and a guess may be wrong.
TEST(ManyLaps, GiveFewExecsAWrongParentOrGuid) {
  uint64_t execs = 0;
  std::array<uint64_t, 5> faults = {};
  for (uint64_t seed = 1; seed <= ScaledCount(kManyLapsHistories); ++seed) {
    if (OnlySeed() && *OnlySeed() != seed) continue;
    const LineageVerdict verdict = RunOn(HostOfManyLaps(seed), AnyStyle(seed));
    execs += verdict.execs;
    for (size_t i = 0; i < faults.size(); ++i) faults[i] += verdict.faults[i];
    if (!verdict.errors.empty() && OnlySeed()) std::cout << verdict.errors.front() << "\n";
  }
  const auto share = [&](LineageFault fault) {
    return static_cast<double>(faults[static_cast<size_t>(fault)]) / static_cast<double>(execs);
  };
  std::cout << execs << " execs; wrong parents " << share(LineageFault::kWrongParent)
            << ", adopters " << share(LineageFault::kAdopter) << ", no parent "
            << share(LineageFault::kNoParent) << ", shared GUIDs "
            << share(LineageFault::kSharedGuid) << ", processes split "
            << share(LineageFault::kSplit) << "\n";
  EXPECT_LE(share(LineageFault::kWrongParent), 0.002);
  EXPECT_LE(share(LineageFault::kAdopter), 0.01);
  EXPECT_LE(share(LineageFault::kNoParent), 0);
  EXPECT_LE(share(LineageFault::kSharedGuid), 0.002);
  EXPECT_LE(share(LineageFault::kSplit), 0.0001);
}

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

// Logs that tell of no fork. `others`: they hold other records than those of execs, too.
struct ExecLogs {
  uint32_t pid_max;
  bool others;
  size_t histories;
  double told_apart, right_parents;  // at least
};

class ExecRecordsAlone : public testing::TestWithParam<ExecLogs> {};

TEST_P(ExecRecordsAlone, GiveRightParentsAndTellProcessesApart) {
  Shares all;
  const size_t count = ScaledCount(GetParam().histories);
  for (uint64_t seed = 1; seed <= count; ++seed) {
    if (OnlySeed() && *OnlySeed() != seed) continue;
    const HistoryOptions host = BusyHost(seed, GetParam().pid_max);
    LogStyle style;
    style.seed = seed;
    style.rules = AuditRules::kExecOnly;
    style.noise = GetParam().others;
    style.proctitle = false;
    const LineageVerdict verdict = RunOn(host, style);
    if (!verdict.errors.empty()) {
      ADD_FAILURE() << Describe(host) << ": " << verdict.errors.front();
    }
    all.Add(verdict);
  }
  std::cout << all.execs << " execs, " << all.Of(all.orphans) << " orphans, "
            << all.Of(all.fork_only_parents) << " with fork-only parents; told apart "
            << all.Of(all.told_apart) << ", right parents " << all.Of(all.right_parents)
            << " (of them present at the exec: " << all.Of(all.present_parents) << ")\n";
  EXPECT_GE(all.Of(all.orphans), 0.05);
  EXPECT_GE(all.Of(all.fork_only_parents), 0.05);
  EXPECT_GE(all.Of(all.told_apart), GetParam().told_apart);
  EXPECT_GE(all.Of(all.right_parents), GetParam().right_parents);
}

INSTANTIATE_TEST_SUITE_P(
    Of, ExecRecordsAlone,
    testing::Values(ExecLogs{1000, false, 50, 0.97, 0.97}, ExecLogs{4096, false, 20, 0.99, 0.99},
                    ExecLogs{32768, false, 2, 0.999, 0.999}, ExecLogs{1000, true, 50, 0.97, 0.97},
                    ExecLogs{4096, true, 20, 0.99, 0.99}, ExecLogs{32768, true, 2, 0.999, 0.999}));

// The same of another simulation, whose long-lived shells and daemons have their numbers passed
// many times.
struct LongLives {
  uint32_t pid_max;
  bool others;
  double told_apart, right_parents;  // at least
};

class ExecsOfLongLives : public testing::TestWithParam<LongLives> {};

TEST_P(ExecsOfLongLives, AreGivenToTheRightProcessAndParent) {
  uint64_t execs = 0, told_apart = 0, right_parents = 0;
  for (uint64_t seed = 1; seed <= ScaledCount(20); ++seed) {
    const ExecHostLog log = SimulateExecHost(
        {.seed = seed, .pid_max = GetParam().pid_max, .others = GetParam().others});
    std::unordered_map<std::string, uint32_t> process_of;
    std::unordered_map<uint32_t, std::string> guid_of;
    const auto is = [&](const std::string& guid, uint32_t process) {
      const auto [of, new_guid] = process_of.emplace(guid, process);
      const auto [as, new_process] = guid_of.emplace(process, guid);
      return of->second == process && as->second == guid;
    };
    size_t next = 0;
    for (const LoggedEvent& event : Translate(log.text)) {
      if (event.id != 1 || event.Get("Description") != "-") continue;
      ASSERT_LT(next, log.execs.size());
      const TrueExec& truth = log.execs[next++];
      told_apart += is(std::string(event.Get("ProcessGuid")), truth.process);
      right_parents += is(std::string(event.Get("ParentProcessGuid")), truth.parent);
    }
    ASSERT_EQ(next, log.execs.size());
    execs += next;
  }
  const auto share = [&](uint64_t of) {
    return static_cast<double>(of) / static_cast<double>(execs);
  };
  std::cout << execs << " execs; told apart " << share(told_apart) << ", right parents "
            << share(right_parents) << "\n";
  EXPECT_GE(share(told_apart), GetParam().told_apart);
  EXPECT_GE(share(right_parents), GetParam().right_parents);
}

INSTANTIATE_TEST_SUITE_P(
    Of, ExecsOfLongLives,
    testing::Values(LongLives{1000, false, 0.97, 0.97}, LongLives{2048, false, 0.98, 0.98},
                    LongLives{4096, false, 0.99, 0.99}, LongLives{32768, false, 0.999, 0.999},
                    LongLives{1000, true, 0.97, 0.97}, LongLives{2048, true, 0.98, 0.98},
                    LongLives{4096, true, 0.99, 0.99}, LongLives{32768, true, 0.999, 0.999}));

}  // namespace
}  // namespace pidigree
