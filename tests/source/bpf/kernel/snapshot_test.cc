// Processes that were there before anybody watched.
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::SizeIs;

class SnapshotTest : public LiveTest {
 protected:
  // Of the process with this number, which the snapshot must have once.
  TaskFact TaskOf(uint32_t tgid) const {
    std::vector<TaskFact> tasks = recorder_->tasks();
    std::erase_if(tasks, [&](const TaskFact& task) { return task.subject.process.tgid != tgid; });
    EXPECT_THAT(tasks, SizeIs(1));
    return tasks.empty() ? TaskFact{} : tasks.front();
  }
};

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

uint32_t NumberIn(const std::string& path) {
  return static_cast<uint32_t>(std::strtoul(Content(path).c_str(), nullptr, 10));
}

ino_t Inode(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_ino;
}

// starttime, field 22 of proc(5), in hundredths of a second on all our architectures.
std::optional<uint64_t> StartTicks(const std::string& pid) {
  const std::string stat = Content("/proc/" + pid + "/stat");
  const size_t comm_end = stat.rfind(')');
  unsigned long long ticks = 0;
  if (comm_end == stat.npos ||
      std::sscanf(
          stat.c_str() + comm_end,
          ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
          &ticks) != 1)
    return std::nullopt;
  return ticks;
}

// The directory of this process in the unified hierarchy, wherever that is mounted.
std::optional<std::string> CgroupDirectory() {
  std::ifstream mounts("/proc/self/mounts");
  std::ifstream groups("/proc/self/cgroup");
  std::string top;
  for (std::string device, place, type, rest;
       mounts >> device >> place >> type && std::getline(mounts, rest);) {
    if (type == "cgroup2") top = place;
  }
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("0::") && !top.empty()) return top + line.substr(3);
  }
  return std::nullopt;
}

TEST_F(SnapshotTest, KnowsThisProcessAsProcDoes) {
  const TaskFact self = TaskOf(static_cast<uint32_t>(getpid()));
  EXPECT_EQ(self.subject.process.start_ns / 10'000'000, StartTicks("self"));
  EXPECT_EQ(self.present_parent.tgid, static_cast<uint32_t>(getppid()));
  EXPECT_EQ(self.subject.ids.uid, getuid());
  EXPECT_EQ(self.subject.ids.euid, geteuid());
  if (std::filesystem::exists("/proc/self/loginuid")) {
    EXPECT_EQ(self.subject.ids.auid, NumberIn("/proc/self/loginuid"));
    EXPECT_EQ(self.subject.ids.session, NumberIn("/proc/self/sessionid"));
  }
  EXPECT_EQ(self.place.mount_namespace, Inode("/proc/self/ns/mnt"));
  EXPECT_EQ(self.place.pid_namespace, Inode("/proc/self/ns/pid"));
  if (const auto cgroup = CgroupDirectory()) {
    EXPECT_EQ(self.place.cgroup, Inode(*cgroup));
  }
  EXPECT_EQ(std::string(self.comm) + '\n', Content("/proc/self/comm"));
  EXPECT_FALSE(self.kernel_thread);
}

TEST_F(SnapshotTest, KnowsInitAndKernelThreads) {
  EXPECT_EQ(TaskOf(1).present_parent, ProcessKey{});
  EXPECT_FALSE(TaskOf(1).kernel_thread);
  EXPECT_TRUE(TaskOf(2).kernel_thread);
  EXPECT_EQ(TaskOf(2).comm, "kthreadd");
}

TEST_F(SnapshotTest, HoldsWhatIsInProc) {
  std::set<ProcessKey> known;
  for (const TaskFact& task : recorder_->tasks()) {
    EXPECT_TRUE(known.insert(task.subject.process).second)
        << task.subject.process.tgid << " is there twice";
  }
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != pid.npos) continue;
    const auto ticks = StartTicks(pid);
    const uint64_t oldest_ns = recorder_->tasks().front().subject.process.start_ns;
    // Only such as were there before this test began.
    if (!ticks || *ticks >= StartTicks("self") || *ticks < oldest_ns / 10'000'000) continue;
    if (Content("/proc/" + pid + "/stat").find(") Z ") != std::string::npos) continue;
    EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const ProcessKey& process) {
      return std::to_string(process.tgid) == pid && process.start_ns / 10'000'000 == *ticks;
    })) << pid;
  }
}

uint64_t BootTimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// Takes all facts of the machine; those of strangers are only looked at for their form.
class LifeCounter : public FactConsumer {
 public:
  using FactConsumer::Apply;
  void Apply(const TaskFact& task) override { ++from_snapshot[task.subject.process]; }
  void Apply(const ForkFact& fork) override { ++forks[fork.child]; }
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact& exit) override {
    exits[exit.subject.process].push_back(exit.subject.time_ns);
  }

  bool HasEnded(uint32_t tgid) const {
    const auto found = exits.lower_bound({tgid, 0});
    return found != exits.end() && found->first.tgid == tgid;
  }

  std::map<ProcessKey, int> from_snapshot;
  std::map<ProcessKey, int> forks;
  std::map<ProcessKey, std::vector<uint64_t>> exits;
};

TEST(Snapshot, HasNoGapAndNoDoubleWhileProcessesComeAndGo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const std::string actor = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "actor";
  const pid_t churn = fork();
  if (churn == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(actor.c_str(), "actor", "churn", "1000000", nullptr);
    _exit(127);
  }
  char byte;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);

  const auto stop = [&] {
    kill(churn, SIGKILL);
    waitpid(churn, nullptr, 0);
  };
  auto source = BpfSource::Open({});
  if (!source) stop();
  if (!source && source.error().code != ErrorCode::kSystem) GTEST_SKIP() << source.error().message;
  ASSERT_TRUE(source) << source.error().message;

  LifeCounter seen;
  EventSet events;
  events.set(1);
  ASSERT_TRUE((*source)->Attach(events));
  const uint64_t attached_ns = BootTimeNs();
  ASSERT_TRUE((*source)->Snapshot(seen));
  const uint64_t taken_ns = BootTimeNs();
  while (seen.exits.size() < 500)
    ASSERT_TRUE((*source)->Poll(std::chrono::milliseconds(50), 10'000, seen));
  stop();
  while (!seen.HasEnded(static_cast<uint32_t>(churn)))
    ASSERT_TRUE((*source)->Poll(std::chrono::milliseconds(50), 10'000, seen));

  EXPECT_THAT((*source)->Status().losses, testing::Each(0u));
  for (const auto& [process, times] : seen.exits) {
    EXPECT_THAT(times, SizeIs(1));
    const bool known = seen.from_snapshot.contains(process) || seen.forks.contains(process);
    // Before, it may have ended unseen by either.
    if (times[0] > taken_ns) {
      EXPECT_TRUE(known) << process.tgid;
    }
    if (process.start_ns > attached_ns) {
      EXPECT_EQ(seen.forks[process], 1) << process.tgid;
    }
  }
  for (const auto& [process, times] : seen.from_snapshot) EXPECT_EQ(times, 1);
  for (const auto& [process, times] : seen.forks) EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace pidigree
