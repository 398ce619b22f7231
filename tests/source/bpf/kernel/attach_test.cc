// What is attached, and what is lost.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "src/source/bpf/attached_group.h"
#include "src/source/bpf/hook_group.h"
#include "src/source/bpf/life_programs.h"
#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

using AttachTest = LiveTest;

const std::vector<std::string> kRawHooks = {"raw_tp/sched_process_exit",
                                            "raw_tp/sched_process_exec", "raw_tp/task_newtask"};
const std::vector<std::string> kPlainHooks = {"tracepoint/sched/sched_process_exit",
                                              "tracepoint/sched/sched_process_exec",
                                              "tracepoint/task/task_newtask"};

TEST_F(AttachTest, ThreeHooksForProcesses) {
  EXPECT_THAT(source_->Status().hooks, AnyOf(kRawHooks, kPlainHooks));
}

TEST_F(AttachTest, AnyEventOfAProcessNeedsThem) {
  for (const size_t id : {2u, 3u, 11u, 22u, 29u, 100u}) {
    ASSERT_TRUE(source_->Attach(EventSet{}.set(id)));
    EXPECT_THAT(source_->Status().hooks, AnyOf(IsSupersetOf(kRawHooks), IsSupersetOf(kPlainHooks)))
        << id;
  }
}

TEST_F(AttachTest, NoneForEventsWithoutAProcess) {
  ASSERT_TRUE(source_->Attach(EventSet{}.set(4).set(16).set(255)));
  EXPECT_THAT(source_->Status().hooks, IsEmpty());
  const uint64_t facts = source_->Status().facts;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  const auto polled = source_->Poll(std::chrono::milliseconds(0), 1000, *recorder_);
  ASSERT_TRUE(polled);
  EXPECT_EQ(source_->Status().facts, facts + *polled);
  EXPECT_THAT(recorder_->facts(), IsEmpty());
}

TEST_F(AttachTest, NothingIsMissedWhenAttachedAgain) {
  ASSERT_TRUE(source_->Attach(ProcessEvents()));
  Run([] {});
  EXPECT_THAT(recorder_->facts(), SizeIs(2));
}

// The first hook finds room for its file descriptor, the second does not.
TEST_F(AttachTest, IsAsBeforeWhenItFailsHalfWay) {
  ASSERT_TRUE(source_->Attach(EventSet{}));
  ASSERT_TRUE(source_->Poll(std::chrono::milliseconds(0), 10'000, *recorder_));
  const uint64_t facts = source_->Status().facts;
  const UniqueFd next(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit tight{static_cast<rlim_t>(next.get()) + 2, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const Result<> attached = source_->Attach(ProcessEvents());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(attached);
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(source_->Poll(std::chrono::milliseconds(0), 1000, *recorder_));
  EXPECT_EQ(source_->Status().facts, facts);
  ASSERT_TRUE(source_->Attach(ProcessEvents()));
  EXPECT_THAT(source_->Status().hooks, AnyOf(kRawHooks, kPlainHooks));
}

TEST_F(AttachTest, SaysHowItIsDoingWhileHooksComeAndGo) {
  std::atomic<bool> done = false;
  std::thread asking([&] {
    while (!done) EXPECT_THAT(source_->Status().hooks, AnyOf(IsEmpty(), kRawHooks, kPlainHooks));
  });
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(source_->Attach(EventSet{}));
    EXPECT_TRUE(source_->Attach(ProcessEvents()));
  }
  done = true;
  asking.join();
}

TEST_F(AttachTest, PollBringsAtMostWhatIsAskedFor) {
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  }
  size_t rounds = 0;
  while (recorder_->All<ExitFact>().size() < 20) {
    const auto polled = source_->Poll(std::chrono::milliseconds(100), 3, *recorder_);
    ASSERT_TRUE(polled);
    ASSERT_LE(*polled, 3u);
    ASSERT_LT(++rounds, 10'000u);
  }
  EXPECT_EQ(recorder_->alive(), 0u);
}

TEST_F(AttachTest, OtherHooksOnlyWhileTheirEventsAreWanted) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(source_->Attach(ProcessEvents().set(11)));
    const size_t hooks = source_->Status().hooks.size();
    EXPECT_GT(hooks, kRawHooks.size());
    ASSERT_TRUE(source_->Attach(ProcessEvents().set(11).set(23)));
    EXPECT_GT(source_->Status().hooks.size(), hooks);
    ASSERT_TRUE(source_->Attach(ProcessEvents().set(11)));
    EXPECT_EQ(source_->Status().hooks.size(), hooks);
    ASSERT_TRUE(source_->Attach(ProcessEvents()));
    EXPECT_THAT(source_->Status().hooks, AnyOf(kRawHooks, kPlainHooks));
  }
}

// Opens and attaches, but takes no snapshot yet.
class ForkImageTest : public LiveTest {
 protected:
  void SetUp() override {
    OPEN_SOURCE_OR_SKIP(source, BpfSourceOptions{});
    source_ = std::move(*source);
    recorder_ = MakeRecorder();
    ASSERT_TRUE(source_->Attach(ProcessEvents()));
  }

  static std::string OwnPath() { return std::filesystem::read_symlink("/proc/self/exe"); }
};

TEST_F(ForkImageTest, ComesUntilTheSnapshotHasEnded) {
  Run([] {});
  ASSERT_TRUE(source_->Snapshot(*recorder_));
  Run([] {});
  ASSERT_TRUE(source_->Attach(EventSet{}));
  ASSERT_TRUE(source_->Attach(ProcessEvents()));
  Run([] {});
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(3));
  EXPECT_EQ(forks[0].image.text, OwnPath());
  EXPECT_EQ(forks[1].image.text, "");
  EXPECT_EQ(forks[2].image.text, OwnPath());
}

TEST_F(ForkImageTest, ComesWithANewMountNamespace) {
  ASSERT_TRUE(source_->Snapshot(*recorder_));
  Run([] {
    const long child =
        syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    Must(child >= 0);
    if (child > 0) waitpid(static_cast<pid_t>(child), nullptr, 0);
  });
  const std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  ASSERT_THAT(forks, SizeIs(2));
  EXPECT_EQ(forks[1].image.text, OwnPath());
  EXPECT_NE(forks[1].place.mount_namespace, forks[0].place.mount_namespace);
}

// Two sources see the same; one of them has no room. What it did not bring, it counts.
TEST_F(AttachTest, LossIsExact) {
  constexpr uint64_t kProcesses = 400;
  constexpr uint64_t kFactsOfOne = 2;
  auto small = BpfSource::Open({.ring_bytes = 4096});
  ASSERT_TRUE(small) << small.error().message;
  const SourceStatus before = source_->Status();
  ASSERT_TRUE((*small)->Attach(ProcessEvents()));
  for (uint64_t i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  }
  ASSERT_TRUE((*small)->Attach(EventSet{}));
  PollUntil([&] { return recorder_->All<ExitFact>().size() == kProcesses; });
  const SourceStatus full = source_->Status();
  EXPECT_EQ(full.losses, before.losses);

  FactRecorder rest(static_cast<uint32_t>(getpid()));
  const auto polled = (*small)->Poll(std::chrono::milliseconds(0), 1'000'000, rest);
  ASSERT_TRUE(polled);
  const SourceStatus status = (*small)->Status();
  const uint64_t lost = status.losses[static_cast<size_t>(SourceLoss::kRingFull)];
  EXPECT_EQ(std::accumulate(status.losses.begin(), status.losses.end(), uint64_t{0}), lost);
  EXPECT_EQ(status.facts, *polled);
  EXPECT_GT(status.facts, 10u);
  // Strangers' facts are in both, and the large one was attached for longer.
  EXPECT_GE(status.facts + lost, kProcesses * kFactsOfOne);
  EXPECT_LE(status.facts + lost, full.facts - before.facts);
}

TEST_F(AttachTest, WhatCannotBeLoadedHereIsNamed) {
  Run([] {
    // Without a capability, and so that it cannot come back.
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(126);
    const auto source = BpfSource::Open({});
    if (source) _exit(1);
    if (source.error().code != ErrorCode::kPermission) _exit(2);
    if (source.error().message.find("CAP_BPF") == std::string::npos) _exit(3);
  });
  EXPECT_EQ(status_, 0);
}

// Where even a mount of our own is not possible.
TEST(AttachedGroupTest, SaysWhatNeedsCgroupsWhereThereAreNone) {
  const TraceFs traces;
  const auto programs = LifePrograms::Load(1 << 20, traces);
  if (!programs && programs.error().code != ErrorCode::kSystem)
    GTEST_SKIP() << programs.error().message;
  ASSERT_TRUE(programs) << programs.error().message;
  AttachedGroup dns(DnsHooks(), programs->shared_maps(), traces, -1, false);
  dns.Attach(EventSet{}.set(22));
  std::vector<std::string> hooks, unseen;
  dns.Describe(hooks, unseen);
  EXPECT_THAT(hooks, IsEmpty());
  EXPECT_THAT(
      unseen,
      ElementsAre("replies of DNS servers: the unified cgroup hierarchy cannot be mounted"));
}

}  // namespace
}  // namespace pidigree
