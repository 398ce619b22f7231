// Who made whom, and how it ended. The numbers come from the processes themselves.
#include <gmock/gmock.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::Each;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

using ProcessLife = LiveTest;

uint32_t Number(const std::string& text) {
  return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

uint32_t Self() { return static_cast<uint32_t>(getpid()); }

pid_t Clone3(uint64_t flags, pid_t wanted = 0) {
  clone_args arguments{};
  arguments.flags = flags;
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = wanted == 0 ? 0 : reinterpret_cast<uintptr_t>(&wanted);
  arguments.set_tid_size = wanted == 0 ? 0 : 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

TEST_F(ProcessLife, ForkWithoutExec) {
  const auto child = static_cast<uint32_t>(Run([] {}));
  EXPECT_THAT(recorder_->facts(), SizeIs(2));
  const ForkFact fork = ForkOf(child);
  EXPECT_EQ(fork.subject.process.tgid, Self());
  EXPECT_EQ(fork.creator.tgid, static_cast<uint32_t>(getppid()));
  EXPECT_FALSE(fork.kernel_thread);
  EXPECT_EQ(ExitOf(child).subject.process, fork.child);
  EXPECT_EQ(ExitOf(child).exit_code, 0);
  EXPECT_LE(fork.child.start_ns, fork.subject.time_ns);
  EXPECT_LE(fork.subject.time_ns, ExitOf(child).subject.time_ns);
}

TEST_F(ProcessLife, ForkAndExec) {
  const auto child = static_cast<uint32_t>(Run([] { Exec(Actor(), {"actor", "exit", "9"}); }));
  EXPECT_THAT(recorder_->facts(), SizeIs(3));
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  const ExecFact exec = ExecsOf(child)[0];
  EXPECT_EQ(exec.subject.process, ForkOf(child).child);
  EXPECT_EQ(exec.present_parent, ForkOf(child).subject.process);
  EXPECT_EQ(exec.image.text, Actor());
  EXPECT_EQ(exec.comm, "actor");
  EXPECT_FALSE(exec.traced);
  EXPECT_EQ(ExitOf(child).exit_code, 9 << 8);
  EXPECT_EQ(ExitOf(child).comm, "actor");
}

TEST_F(ProcessLife, FailedExecSaysNothing) {
  const auto child = static_cast<uint32_t>(Run([] { Exec("/nonexistent", {"nothing"}); }));
  EXPECT_THAT(ExecsOf(child), IsEmpty());
  EXPECT_EQ(ExitOf(child).exit_code, 127 << 8);
}

TEST_F(ProcessLife, ExecChainKeepsTheProcess) {
  Act({"chain", "5"});
  const std::vector<ExecFact> execs = ExecsOf(TheChild());
  EXPECT_THAT(execs, SizeIs(6));
  for (const ExecFact& exec : execs) EXPECT_EQ(exec.subject.process, ForkOf(TheChild()).child);
}

class ChildOfActor : public LiveTest, public testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Ways, ChildOfActor, testing::Values("vfork", "spawn"),
                         [](const auto& way) { return way.param; });

TEST_P(ChildOfActor, StartsAProgram) {
  const uint32_t child = Number(Act({GetParam()}));
  EXPECT_EQ(ForkOf(child).subject.process, ForkOf(TheChild()).child);
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  EXPECT_EQ(ExecsOf(child)[0].subject.process, ForkOf(child).child);
  EXPECT_EQ(ExitOf(child).exit_code, 4 << 8);
}

TEST_F(ProcessLife, Clone3) {
  const auto child = static_cast<uint32_t>(Run([] {
    const pid_t pid = Clone3(0);
    Must(pid >= 0);
    if (pid > 0) waitpid(pid, nullptr, 0);
  }));
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(2));
  EXPECT_EQ(forks[1].subject.process.tgid, child);
}

TEST_F(ProcessLife, ThreadsAreNoProcesses) {
  Act({"threads", "2000"});
  EXPECT_THAT(recorder_->All<ForkFact>(), SizeIs(1));
  EXPECT_THAT(recorder_->All<ExitFact>(), SizeIs(1));
}

TEST_F(ProcessLife, ChildOfAThreadIsAChildOfTheProcess) {
  const uint32_t child = Number(Act({"thread-fork"}));
  EXPECT_EQ(ForkOf(child).subject.process, ForkOf(TheChild()).child);
}

TEST_F(ProcessLife, ExecFromASecondThreadKeepsTheProcess) {
  Run([] { Exec(Actor(), {"actor", "thread-exec"}); });
  EXPECT_EQ(WEXITSTATUS(status_), 6);
  const std::vector<ExecFact> execs = ExecsOf(TheChild());
  ASSERT_THAT(execs, SizeIs(2));
  EXPECT_EQ(execs[1].subject.process, ForkOf(TheChild()).child);
  EXPECT_EQ(ExitOf(TheChild()).exit_code, 6 << 8);
}

TEST_F(ProcessLife, LivesUntilItsLastThreadEnds) {
  Run([] { Exec(Actor(), {"actor", "leaderless"}); });
  // The child of the second thread was made when the first was gone.
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(2));
  EXPECT_EQ(forks[1].subject.process, ForkOf(TheChild()).child);
  EXPECT_EQ(ExitOf(TheChild()).exit_code, status_);
  EXPECT_GT(ExitOf(TheChild()).subject.time_ns, ExitOf(forks[1].child.tgid).subject.time_ns);
}

TEST_F(ProcessLife, ThreadsThatEndTogetherAreOneExit) {
  Act({"crowd", "100", "8"});
  EXPECT_THAT(recorder_->All<ForkFact>(), SizeIs(101));
  EXPECT_THAT(recorder_->All<ExitFact>(), SizeIs(101));
}

class EndBySignal : public LiveTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Signals, EndBySignal, testing::Values(SIGKILL, SIGTERM, SIGSEGV, SIGRTMAX),
                         [](const auto& number) { return std::to_string(number.param); });

TEST_P(EndBySignal, IsWhatWaitReports) {
  const auto child = static_cast<uint32_t>(Run([] {
    std::signal(GetParam(), SIG_DFL);
    kill(getpid(), GetParam());
    for (;;) pause();
  }));
  EXPECT_EQ(ExitOf(child).exit_code, status_);
  EXPECT_EQ(WTERMSIG(ExitOf(child).exit_code), GetParam());
}

TEST_F(ProcessLife, OrphanWasMadeByWhoCalledFork) {
  uint32_t reaper = 0;
  Run([] {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t middle = fork();
    if (middle == 0) {
      const pid_t creator = getpid();
      if (fork() == 0) {
        while (getppid() == creator) usleep(100);
        Exec(Actor(), {"daemon"});
      }
      _exit(0);
    }
    while (wait(nullptr) > 0) {
    }
  });
  reaper = TheChild();
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(3));
  const ProcessKey daemon = forks[2].child;
  EXPECT_EQ(forks[2].subject.process, forks[1].child);
  EXPECT_EQ(forks[2].creator.tgid, reaper);
  ASSERT_THAT(ExecsOf(daemon.tgid), SizeIs(1));
  EXPECT_EQ(ExecsOf(daemon.tgid)[0].present_parent.tgid, reaper);
}

TEST_F(ProcessLife, CloneParentWasMadeByWhoCalledClone) {
  Run([] {
    const pid_t caller = fork();
    Must(caller >= 0);
    if (caller == 0) {
      Must(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr) >= 0);
      _exit(0);
    }
    while (wait(nullptr) > 0) {
    }
  });
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(3));
  EXPECT_EQ(forks[2].subject.process, forks[1].child);
  EXPECT_EQ(forks[2].creator, forks[0].child);
}

TEST_F(ProcessLife, ReusedNumberIsAnotherProcess) {
  Run([] {
    const pid_t first = Clone3(0);
    Must(first >= 0);
    if (first == 0) _exit(0);
    waitpid(first, nullptr, 0);
    const pid_t second = Clone3(0, first);
    if (second == 0) _exit(0);
    Must(second == first);
    waitpid(second, nullptr, 0);
  });
  EXPECT_EQ(status_, 0);
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(3));
  EXPECT_EQ(forks[1].child.tgid, forks[2].child.tgid);
  EXPECT_LT(forks[1].child.start_ns, forks[2].child.start_ns);
  EXPECT_THAT(recorder_->All<ExitFact>(), SizeIs(3));
}

TEST_F(ProcessLife, TracedExecSaysSo) {
  Run([] {
    const pid_t child = fork();
    if (child == 0) {
      Must(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
      Exec(Actor(), {"actor"});
    }
    while (waitpid(child, nullptr, 0) == child) ptrace(PTRACE_CONT, child, nullptr, nullptr);
  });
  const std::vector<ExecFact> execs = recorder_->All<ExecFact>();
  ASSERT_THAT(execs, SizeIs(1));
  EXPECT_TRUE(execs[0].traced);
}

TEST_F(ProcessLife, ManyShortLivesInAChain) {
  constexpr int kLength = 500;
  Run([] {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < kLength; ++i) {
      const pid_t next = fork();
      Must(next >= 0);
      if (next > 0) {
        // Ends at once; whoever made the chain waits for all.
        if (i > 0) _exit(0);
        while (wait(nullptr) > 0) {
        }
        _exit(0);
      }
    }
  });
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(kLength + 1));
  for (size_t i = 1; i < forks.size(); ++i) EXPECT_EQ(forks[i].subject.process, forks[i - 1].child);
  EXPECT_THAT(recorder_->All<ExitFact>(), SizeIs(kLength + 1));
}

// Of any process the fork comes first and the exit last, and times never go back.
TEST_F(ProcessLife, FactsAreInCausalOrder) {
  Act({"churn", "1000"});
  std::map<ProcessKey, std::string> lives;
  uint64_t last_ns = 0;
  for (const FactRecorder::Fact& fact : recorder_->facts()) {
    if (const auto* fork = std::get_if<ForkFact>(&fact)) {
      EXPECT_EQ(lives[fork->child], "");
      EXPECT_TRUE(fork->subject.process.tgid == Self() ||
                  lives[fork->subject.process].ends_with("f") ||
                  lives[fork->subject.process].ends_with("e"));
      lives[fork->child] += 'f';
    } else if (const auto* exec = std::get_if<ExecFact>(&fact)) {
      lives[exec->subject.process] += 'e';
    } else if (const auto* exit = std::get_if<ExitFact>(&fact)) {
      lives[exit->subject.process] += 'x';
    }
    const uint64_t time_ns = std::visit([](const auto& any) { return any.subject.time_ns; }, fact);
    EXPECT_GE(time_ns, last_ns);
    last_ns = time_ns;
  }
  EXPECT_THAT(lives, SizeIs(1001));
  for (const auto& [process, life] : lives) EXPECT_TRUE(life == "fx" || life == "fex") << life;
}

}  // namespace
}  // namespace pidigree
