#include "tests/support/process_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/audit_log_writer.h"
#include "tests/support/lineage_oracle.h"

namespace pidigree {
namespace {

HistoryOptions Options(uint64_t seed) {
  HistoryOptions options;
  options.seed = seed;
  options.processes = 3000;
  options.pid_max = 800;
  options.reboots = 1;
  return options;
}

class SimulatedHistory : public testing::TestWithParam<uint64_t> {
 protected:
  const History history_ = SimulateHistory(Options(GetParam()));
};

TEST_P(SimulatedHistory, GivesANumberToOneProcessAtATime) {
  std::map<std::pair<uint32_t, uint32_t>, const TrueProcess*> last;  // by boot and pid
  size_t reused = 0;
  for (const TrueProcess& process : history_.processes) {
    const TrueProcess*& before = last[{process.boot, process.pid}];
    if (before != nullptr) {
      ++reused;
      ASSERT_GE(before->died_before, 0) << process.pid;
      ASSERT_LE(before->died_before, process.born_before) << process.pid;
    }
    before = &process;
  }
  EXPECT_GT(reused, history_.processes.size() / 2);
}

TEST_P(SimulatedHistory, GivesNumbersInOrder) {
  // Threads and skipped numbers leave gaps; it goes back only to wrap.
  size_t wraps = 0, forward = 0;
  for (size_t i = 1; i < history_.processes.size(); ++i) {
    const TrueProcess& before = history_.processes[i - 1];
    const TrueProcess& after = history_.processes[i];
    if (before.boot != after.boot || after.parent < 0) continue;
    ++(after.pid > before.pid ? forward : wraps);
  }
  EXPECT_GE(wraps, 3u);
  EXPECT_LT(wraps, 20u);
  EXPECT_GT(forward, history_.processes.size() * 9 / 10);
}

TEST_P(SimulatedHistory, ForksFromLivingParents) {
  for (const TrueProcess& process : history_.processes) {
    if (process.parent < 0) continue;
    const TrueProcess& parent = history_.processes[process.parent];
    EXPECT_EQ(parent.boot, process.boot);
    EXPECT_LE(parent.born_before, process.born_before);
    if (parent.died_before >= 0) {
      EXPECT_GE(parent.died_before, process.born_before);
    }
  }
}

TEST_P(SimulatedHistory, RecordsOnlyTheLiving) {
  for (size_t i = 0; i < history_.events.size(); ++i) {
    const HistoryEvent& event = history_.events[i];
    if (event.process < 0) continue;
    const TrueProcess& process = history_.processes[event.process];
    EXPECT_EQ(event.pid, process.pid);
    EXPECT_LE(process.born_before, static_cast<int32_t>(i));
    if (process.died_before >= 0) {
      EXPECT_GE(process.died_before, static_cast<int32_t>(i));
    }
  }
}

TEST_P(SimulatedHistory, HoldsWhatMakesLineageHard) {
  size_t orphans = 0, execs = 0, fork_after_child = 0, threads = 0, inner = 0, silent = 0;
  for (size_t i = 0; i < history_.events.size(); ++i) {
    const HistoryEvent& event = history_.events[i];
    threads += event.other_thread;
    if (IsForkLike(event.call) && !event.other_thread) {
      const auto child =
          std::find_if(history_.events.begin(), history_.events.begin() + static_cast<ptrdiff_t>(i),
                       [&](const HistoryEvent& earlier) { return earlier.process == event.other; });
      fork_after_child += child != history_.events.begin() + static_cast<ptrdiff_t>(i);
    }
    if (!IsExec(event.call)) continue;
    ++execs;
    orphans += event.ppid_process != history_.processes[event.process].parent;
  }
  for (const TrueProcess& process : history_.processes) {
    inner += process.born_inside;
    silent += process.died_before >= 0 && process.end_event < 0;
  }
  EXPECT_GT(orphans, execs / 50);
  EXPECT_GT(fork_after_child, execs / 10);
  EXPECT_GT(threads, 20u);
  EXPECT_GT(inner, 20u);
  EXPECT_GT(silent, 20u);
}

TEST_P(SimulatedHistory, IsTheSameForTheSameSeed) {
  const History again = SimulateHistory(Options(GetParam()));
  const LogStyle style;
  EXPECT_EQ(WriteAuditLog(history_, style).text, WriteAuditLog(again, style).text);
}

INSTANTIATE_TEST_SUITE_P(Seed, SimulatedHistory, testing::Values(1, 2, 3));

TEST(AuditLog, CutsLongArgumentsLikeTheKernel) {
  History history;
  history.processes.resize(1);
  history.images.push_back({.process = 0,
                            .event = 0,
                            .file = "/bin/x",
                            .exe = "/bin/x",
                            .comm = "x",
                            .cwd = "/",
                            .argv = {"x", std::string(20'000, 'A'), "last"}});
  HistoryEvent exec;
  exec.call = Call::kExecve;
  exec.process = 0;
  exec.image = 0;
  history.events.push_back(exec);
  const std::string text = WriteAuditLog(history, {.proctitle = false}).text;
  // Twice the length, since a long argument is written in hex; later pieces follow two blanks.
  EXPECT_NE(text.find("argc=3 a0=\"x\" a1_len=40000 a1[0]=4141"), text.npos);
  EXPECT_NE(text.find("):  a1[1]=4141"), text.npos);
  EXPECT_NE(text.find(" a2=\"last\"\n"), text.npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 6 + 1 + 2);
}

}  // namespace
}  // namespace pidigree
