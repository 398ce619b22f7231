// Tasks that take the CPU from each other in the midst of the programs.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::Each;
using testing::SizeIs;

// Shared by the processes of a test, which count what they did.
struct Work {
  std::atomic<size_t> forks;
  std::atomic<size_t> execs;
  std::atomic<bool> done;
};

class Preemption : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    void* const memory =
        mmap(nullptr, sizeof(Work), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    work_ = new (memory) Work{};
  }

  void TearDown() override {
    if (work_ != nullptr) munmap(work_, sizeof(Work));
  }

  // Some processes that start programs, and one that takes their CPU away whenever it wakes, and
  // then forks itself.
  void Storm() const {
    constexpr int kWorkers = 3;
    constexpr int kExecs = 100;
    StayOnOneCpu();
    std::array<pid_t, kWorkers> workers{};
    for (pid_t& worker : workers) {
      worker = Fork();
      if (worker != 0) continue;
      for (int i = 0; i < kExecs; ++i) StartProgram();
      _exit(0);
    }
    const pid_t disturber = Fork();
    if (disturber == 0) {
      RunFirst();
      while (!work_->done) {
        const auto begin = std::chrono::steady_clock::now();
        const pid_t child = Fork();
        if (child == 0) _exit(0);
        waitpid(child, nullptr, 0);
        // The others get most of the time, however slow the machine.
        std::this_thread::sleep_for(3 * (std::chrono::steady_clock::now() - begin));
      }
      _exit(0);
    }
    for (const pid_t worker : workers) waitpid(worker, nullptr, 0);
    work_->done = true;
    waitpid(disturber, nullptr, 0);
  }

  void ExpectWholeStorm() {
    Run([this] { Storm(); });
    EXPECT_EQ(status_, 0);
    const size_t processes = work_->forks + 1;
    EXPECT_THAT(recorder_->All<ForkFact>(), SizeIs(processes));
    EXPECT_THAT(recorder_->All<ExitFact>(), SizeIs(processes));
    EXPECT_THAT(recorder_->All<ExecFact>(), SizeIs(work_->execs.load()));
    EXPECT_THAT(source_->Status().losses, Each(0u));
  }

  static void StayOnOneCpu() {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    Must(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
  }

  Work* work_ = nullptr;

 private:
  pid_t Fork() const {
    const pid_t child = fork();
    Must(child >= 0);
    if (child > 0) ++work_->forks;
    return child;
  }

  void StartProgram() const {
    const pid_t child = Fork();
    if (child == 0) Exec(Actor(), {"actor"});
    int status = 0;
    waitpid(child, &status, 0);
    Must(status == 0);
    ++work_->execs;
  }

  // From now on this task runs as soon as it can, whatever else the CPU is doing.
  static void RunFirst() {
    const sched_param first{.sched_priority = 1};
    Must(sched_setscheduler(0, SCHED_FIFO, &first) == 0);
  }
};

TEST_F(Preemption, LosesNothing) { ExpectWholeStorm(); }

// While a task is at a map, in bpf(2), perf runs no programs on its CPU, whoever has taken that
// from it.
TEST_F(Preemption, LosesNothingByWhatTheAgentItselfAsks) {
  std::jthread agent([](const std::stop_token& stop) {
    StayOnOneCpu();
    const ProcessKey nobody{1, 1};
    while (!stop.stop_requested()) {
      source_->mute()->Mute(nobody, {1, 1, 1});
      source_->mute()->Unmute(nobody);
      static_cast<void>(source_->Status());
    }
  });
  ExpectWholeStorm();
}

// Takes away everything that shows tracepoints, so that only raw ones are left. For a process of
// its own.
bool HideTracepoints() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return false;
  umount2("/sys/kernel/debug", MNT_DETACH);
  umount2("/sys/kernel/tracing", MNT_DETACH);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
  return syscall(SYS_capset, &header, sets.data()) == 0;
}

// Prints what it found and returns 0 if all that happened was either brought or counted.
// `hook`: the exit's, any if empty.
int FactsAndLossesAddUp(Work& work, std::string_view hook, const std::function<void()>& storm) {
  auto source = BpfSource::Open({});
  EventSet events;
  events.set(1);
  if (!source) {
    std::fprintf(stderr, "%s\n", source.error().message.c_str());
    return 1;
  }
  if (const auto attached = (*source)->Attach(events); !attached) {
    std::fprintf(stderr, "%s\n", attached.error().message.c_str());
    return 1;
  }
  if (!hook.empty() && (*source)->Status().hooks.front() != hook) return 2;
  const pid_t child = fork();
  if (child == 0) {
    storm();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  if (!(*source)->Attach({})) return 1;
  FactRecorder recorder(static_cast<uint32_t>(getpid()));
  for (size_t brought = 1; brought > 0;) {
    const auto polled = (*source)->Poll(std::chrono::milliseconds(0), 10'000, recorder);
    if (!polled) return 1;
    brought = *polled;
  }
  const SourceStatus status = (*source)->Status();
  const size_t happened = 2 * (work.forks + 1) + work.execs;
  const size_t lost = std::accumulate(status.losses.begin(), status.losses.end(), uint64_t{0});
  std::printf("happened %zu, brought %zu, lost %zu, of them to recursion %zu\n", happened,
              status.facts, lost, status.losses[static_cast<size_t>(SourceLoss::kRecursion)]);
  std::fflush(stdout);
  // Strangers may have done something, too.
  return status.facts + lost >= happened ? 0 : 3;
}

TEST_F(Preemption, CountsWhatRawTracepointsSkip) {
  const pid_t child = fork();
  if (child == 0) {
    if (!HideTracepoints()) _exit(77);
    _exit(FactsAndLossesAddUp(*work_, "raw_tp/sched_process_exit", [this] { Storm(); }));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mount namespace of its own";
  EXPECT_EQ(status, 0);
}

// Is at a map most of the time, until its parent ends.
[[noreturn]] void CallBpf() {
  Must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_HASH;
  attributes.key_size = attributes.value_size = sizeof(uint32_t);
  attributes.max_entries = 1;
  const auto map =
      static_cast<uint32_t>(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
  const uint32_t entry = 0;
  attributes = {};
  attributes.map_fd = map;
  attributes.key = attributes.value = reinterpret_cast<uintptr_t>(&entry);
  for (;;) Must(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof attributes) == 0);
}

TEST_F(Preemption, CountsWhatIsSkippedWhileOthersCallBpf) {
  const pid_t child = fork();
  if (child == 0) {
    StayOnOneCpu();
    if (fork() == 0) CallBpf();
    _exit(FactsAndLossesAddUp(*work_, "", [this] { Storm(); }));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pidigree
