// What the BPF programs say about processes that only a machine of its own can have.

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/source/bpf/bpf_source.h"
#include "tests/kernels/guest_fixture.h"
#include "tests/kernels/system_setting.h"

namespace pidigree {
namespace {

struct Exec {
  ProcessKey process;
  std::string image;
  std::string arguments;
  uint32_t uid;
};

// Everything that happens on the machine, in the order in which it came.
struct MachineHistory : FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact& task) override {
    if (task.kernel_thread) kernel_threads.insert(task.subject.process);
  }
  void Apply(const ForkFact& fork) override {
    if (fork.kernel_thread) kernel_threads.insert(fork.child);
    parents[fork.child] = fork.subject.process;
    const auto [last, is_new] = last_of_number.try_emplace(fork.child.tgid, fork.child);
    if (is_new) return;
    ++reused;
    if (!ended.contains(last->second)) ++reused_early;
    last->second = fork.child;
  }
  void Apply(const ExecFact& exec) override {
    execs.push_back({exec.subject.process, std::string(exec.image.text),
                     std::string(exec.arguments), exec.subject.ids.uid});
  }
  void Apply(const ExitFact& exit) override { ended.insert(exit.subject.process); }

  std::set<ProcessKey> kernel_threads;
  std::map<ProcessKey, ProcessKey> parents;  // of what was forked
  std::map<uint32_t, ProcessKey> last_of_number;
  size_t reused = 0;        // forks that gave a number again
  size_t reused_early = 0;  // of these: before the process that had it was known to have ended
  std::vector<Exec> execs;
  std::set<ProcessKey> ended;
};

class ProcessFacts : public GuestTest {
 protected:
  void SetUp() override {
    GuestTest::SetUp();
    if (IsSkipped()) return;
    auto source = BpfSource::Open({});
    ASSERT_TRUE(source) << source.error().message;
    source_ = std::move(*source);
    EventSet events;
    events.set(1);
    events.set(5);
    const auto attached = source_->Attach(events);
    ASSERT_TRUE(attached) << attached.error().message;
    const auto snapshot = source_->Snapshot(history_);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
  }

  // Takes what comes until `done` says so, for at most a minute.
  void PollUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "the kernel did not say what was awaited";
      const auto polled = source_->Poll(std::chrono::milliseconds(100), 10'000, history_);
      ASSERT_TRUE(polled) << polled.error().message;
    }
  }

  std::unique_ptr<BpfSource> source_;
  MachineHistory history_;
};

pid_t ForkAndWait(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return child;
}

// core(5): the kernel itself runs the program behind the '|', as root; a thread of the kernel is
// what forks.
TEST_F(ProcessFacts, HelperOfTheKernel) {
  const SystemSetting core_pattern("/proc/sys/kernel/core_pattern", "|/bin/true core of %P");
  const pid_t crashed = ForkAndWait([] {
    // A change of user makes a process unfit for a core until it says otherwise, prctl(2).
    if (setuid(65534) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0) std::abort();
  });
  const std::string arguments =
      std::string("/bin/true\0core\0of\0", 18) + std::to_string(crashed) + '\0';
  const auto helper = [&]() -> const Exec* {
    for (const Exec& exec : history_.execs) {
      if (exec.arguments == arguments) return &exec;
    }
    return nullptr;
  };
  PollUntil([&] { return helper() != nullptr && history_.ended.contains(helper()->process); });
  ASSERT_NE(helper(), nullptr);
  EXPECT_EQ(helper()->image, "/usr/bin/true");
  EXPECT_EQ(helper()->uid, 0U);
  ASSERT_TRUE(history_.parents.contains(helper()->process));
  EXPECT_TRUE(history_.kernel_threads.contains(history_.parents[helper()->process]));
}

// With few numbers to give the kernel comes round to the same ones within a moment.
TEST_F(ProcessFacts, NumbersThatComeRound) {
  constexpr size_t kForks = 600;
  const SystemSetting pid_max("/proc/sys/kernel/pid_max", "400");
  std::vector<pid_t> children;
  for (size_t i = 0; i < kForks; ++i) {
    children.push_back(ForkAndWait([] {}));
    if (i % 100 == 0) PollUntil([] { return true; });
  }
  const auto mine = [&] {
    return std::count_if(history_.parents.begin(), history_.parents.end(), [&](const auto& life) {
      return life.second.tgid == static_cast<uint32_t>(getpid()) &&
             history_.ended.contains(life.first);
    });
  };
  PollUntil([&] { return mine() == kForks; });
  const std::set<pid_t> numbers(children.begin(), children.end());
  ASSERT_LT(numbers.size(), kForks / 2) << "the numbers did not come round";
  EXPECT_GE(history_.reused, kForks - numbers.size());
  EXPECT_EQ(history_.reused_early, 0U);
  EXPECT_EQ(source_->Status().losses, decltype(SourceStatus::losses){});
}

}  // namespace
}  // namespace pidigree
