#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/agent/agent_test.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Makes processes of every kind, and keeps a list of the programs that it ran.
class Workload {
 public:
  Workload(std::string word, uint32_t seed) : word_(std::move(word)), random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) switch (random_() % 6) {
        case 0:
          RunProcess({"/bin/true", NewExec()});
          break;
        case 1: {  // a subshell, and one program after the other in one process
          const std::string script = "(/bin/true " + NewExec() + "; /bin/true " + NewExec() +
                                     "); exec /bin/true " + NewExec();
          RunProcess({"/bin/sh", "-c", script});
          break;
        }
        case 2:
          InChild([exec = NewExec()] { ExecTrue(exec); });
          break;
        case 3:
          RunDaemon(NewExec());
          break;
        case 4:  // forks and nothing else
          InChild([] { InChild([] { InChild([] {}); }); });
          break;
        case 5:
          InChild([&, exec = NewExec()] { InChild([&] { ExecTrue(exec); }); });
          break;
      }
  }

  const std::set<std::string>& execs() const { return execs_; }

 private:
  std::string NewExec() {
    return *execs_.insert(word_ + "exec" + std::to_string(execs_.size()) + "-").first;
  }
  static void ExecTrue(const std::string& word) {
    execl("/bin/true", "/bin/true", word.c_str(), nullptr);
    _exit(127);
  }
  // Its parent is gone when it runs its program. Returns when it has ended: until then it, and what
  // it runs, hold the pipe open.
  static void RunDaemon(const std::string& word) {
    int lives[2];
    ASSERT_EQ(pipe(lives), 0);
    InChild([&] {
      int both[2];
      if (pipe(both) != 0) _exit(1);
      if (fork() == 0) {
        char byte;
        close(both[1]);
        if (read(both[0], &byte, 1) == 0) ExecTrue(word);
      }
    });
    close(lives[1]);
    char byte;
    EXPECT_EQ(read(lives[0], &byte, 1), 0);
    close(lives[0]);
  }
  template <typename Body>
  static void InChild(Body body) {
    const pid_t pid = fork();
    if (pid == 0) {
      body();
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }

  std::string word_;
  std::mt19937 random_;
  std::set<std::string> execs_;
};

// The ProcessCreate of the exec of `/bin/true WORD`.
std::vector<LoggedEvent> ExecsOf(const std::vector<LoggedEvent>& events, const std::string& word) {
  std::vector<LoggedEvent> found;
  for (const LoggedEvent& event : events)
    if (event.id == 1 && event.Get("Description") == "-" &&
        event.Get("CommandLine") == "/bin/true " + word)
      found.push_back(event);
  return found;
}

// Promises over everything that was written, whoever did it: a GUID is one process from its first
// event to its end; every process that an event names, and its parent, was introduced before.
void ExpectPromises(const std::vector<LoggedEvent>& events) {
  constexpr std::string_view kNoGuid = "{00000000-0000-0000-0000-000000000000}";
  std::map<std::string, std::string, std::less<>> pid_of;
  std::set<std::string, std::less<>> introduced, ended;
  for (const LoggedEvent& event : events) {
    if (event.id != 1 && event.id != 5) continue;
    const std::string guid(event.Get("ProcessGuid"));
    const std::string about = guid + ", record " + std::to_string(event.record_id);
    const auto known = pid_of.emplace(guid, event.Get("ProcessId")).first;
    EXPECT_EQ(known->second, event.Get("ProcessId")) << about;
    EXPECT_FALSE(ended.contains(guid)) << about << ": after its end";
    if (event.id == 5) {
      EXPECT_TRUE(introduced.contains(guid)) << about << ": ends, and nobody knew it";
      ended.insert(guid);
      continue;
    }
    const std::string_view parent = event.Get("ParentProcessGuid");
    EXPECT_EQ(parent == kNoGuid, event.Get("ParentProcessId") == "0") << about;
    EXPECT_TRUE(parent == kNoGuid || introduced.contains(parent))
        << about << ": nothing introduced the parent " << parent;
    introduced.insert(guid);
  }
}

// Processes that live as long as this. Each has lost its parent,
// and runs `/bin/true WORD` when told to.
class Orphans {
 public:
  Orphans(const TempDir& dir, size_t count) : dir_(dir) {
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(mkfifo(Path(i).c_str(), 0600), 0);
      RunProcess({"/bin/sh", "-c",
                  "(while read -r word; do /bin/true $word; done <" + Path(i) + ") & exit 0"});
      inputs_.emplace_back(open(Path(i).c_str(), O_WRONLY | O_CLOEXEC));
      EXPECT_TRUE(inputs_.back());
    }
  }
  void Run(const std::string& word) const {
    for (const UniqueFd& input : inputs_)
      EXPECT_EQ(write(input.get(), (word + "\n").data(), word.size() + 1),
                static_cast<ssize_t>(word.size() + 1));
  }
  size_t size() const { return inputs_.size(); }

 private:
  std::string Path(size_t i) const { return dir_.Path("orphan" + std::to_string(i)); }

  const TempDir& dir_;
  std::vector<UniqueFd> inputs_;
};

class AgentRestart : public AgentTest {};

// Of a run: each orphan's own GUID and the one of its parent, as the run announced it.
using Parents = std::map<std::string, std::string, std::less<>>;

TEST_F(AgentRestart, KeepsItsPromisesOverARandomWorkload) {
  constexpr size_t kOrphans = 5;
  std::unique_ptr<Orphans> orphans;
  Workload workload(word_, 1);
  std::vector<LoggedEvent> events;
  std::vector<Parents> parents;
  std::vector<std::string> status;
  for (const int signal : {SIGTERM, SIGKILL, SIGTERM}) {
    RunningAgent agent(dir_);
    const uint64_t first = agent.Events().back().record_id;
    if (!orphans) orphans = std::make_unique<Orphans>(dir_, kOrphans);
    workload.Run(static_cast<int>(ScaledCount(120)));
    const std::string word = word_ + "orphan" + std::to_string(parents.size());
    orphans->Run(word);
    std::vector<LoggedEvent> runs;
    ASSERT_TRUE(Eventually([&] {
      events = agent.Events();
      runs = ExecsOf(events, word);
      return runs.size() >= kOrphans;
    }));
    EXPECT_THAT(runs, SizeIs(kOrphans));
    Parents& of_run = parents.emplace_back();
    for (const LoggedEvent& run : runs) of_run[std::string(run.Get("ParentProcessGuid"))];
    for (const LoggedEvent& event : events)
      if (const auto orphan = of_run.find(event.Get("ProcessGuid"));
          event.id == 1 && event.record_id > first && orphan != of_run.end())
        orphan->second = event.Get("ParentProcessGuid");
    status.push_back(agent.Status());
    agent.Stop(signal);
  }
  for (const std::string& exec : workload.execs())
    EXPECT_THAT(ExecsOf(events, exec), SizeIs(1)) << exec;
  ExpectPromises(events);

  // Across the stop orphans and parents are the same; across the crash the orphans are, and parents
  // that are gone are not known any more: so many are counted at least.
  ASSERT_THAT(parents[0], SizeIs(kOrphans));
  EXPECT_EQ(parents[1], parents[0]);
  ASSERT_THAT(parents[2], SizeIs(kOrphans));
  for (const auto& [orphan, parent] : parents[2]) {
    ASSERT_TRUE(parents[0].contains(orphan));
    EXPECT_NE(parent, parents[0].at(orphan));
  }
  EXPECT_GE(StatusNumber(status[1], "parents-saved"), kOrphans);
  EXPECT_EQ(StatusNumber(status[2], "parents-saved"), 0u);
  EXPECT_GE(StatusNumber(status[2], "parents-present"), kOrphans);

  uint64_t last = 0;
  for (const LoggedEvent& event : events) {
    EXPECT_GT(event.record_id, last);
    last = event.record_id;
  }
}

TEST_F(AgentRestart, NumbersEventsWithoutAGapAfterAStop) {
  for (int run = 0; run < 3; ++run) RunningAgent(dir_).Stop();
  uint64_t next = 1;
  for (const LoggedEvent& event : ReadEvents(dir_.Path("events"))) {
    EXPECT_EQ(event.record_id, next);
    next = event.record_id + 1;
  }
}

TEST_F(AgentRestart, TellsAfterACrashWhichNumbersMayBeMissing) {
  RunningAgent(dir_).Stop(SIGKILL);
  const uint64_t last = ReadEvents(dir_.Path("events")).back().record_id;
  RunningAgent(dir_).Stop();
  const auto events = ReadEvents(dir_.Path("events"));
  bool told = false;
  for (const LoggedEvent& event : events) {
    if (event.Get("ID") != "CRASH") continue;
    told = true;
    EXPECT_GT(event.record_id, last);
    EXPECT_LE(event.record_id, last + 8192 + 1);
    EXPECT_THAT(std::string(event.Get("Description")),
                HasSubstr(" to " + std::to_string(event.record_id - 1) + " may be missing"));
  }
  EXPECT_TRUE(told);
}

// An orphan: its parent ended while an agent was there to see it.
class AgentOrphan : public AgentRestart {
 protected:
  // Starts a shell that leaves a subshell behind, which runs `/bin/true WORD` once told to.
  void StartOrphan() {
    ASSERT_EQ(mkfifo(dir_.Path("go").c_str(), 0600), 0);
    RunProcess(
        {"/bin/sh", "-c",
         "(read go <" + dir_.Path("go") + "; exec /bin/true " + word_ + "orphan-) & exit 0"});
  }
  void LetItRun() {
    const UniqueFd go(open(dir_.Path("go").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(write(go.get(), "\n", 1), 1);
  }
  std::vector<LoggedEvent> OrphanIn(RunningAgent& agent) {
    std::vector<LoggedEvent> found;
    EXPECT_TRUE(Eventually([&] {
      found = ExecsOf(agent.Events(), word_ + "orphan-");
      return !found.empty();
    }));
    return found;
  }
};

TEST_F(AgentOrphan, KeepsItsParentOverARestart) {
  std::vector<LoggedEvent> shells;
  {
    RunningAgent agent(dir_);
    StartOrphan();
    shells = EventsWith(agent.Events(), 1, "sh -c (read go");
    EXPECT_EQ(agent.Stop().exit_status, 0);
  }
  ASSERT_THAT(shells, Not(IsEmpty()));
  RunningAgent agent(dir_);
  LetItRun();
  const auto orphan = OrphanIn(agent);
  ASSERT_THAT(orphan, SizeIs(1));
  EXPECT_EQ(orphan[0].Get("ParentProcessGuid"), shells[0].Get("ProcessGuid"));
  EXPECT_EQ(orphan[0].Get("ParentProcessId"), shells[0].Get("ProcessId"));
}

TEST_F(AgentOrphan, HasItsPresentParentAfterACrashWhichIsCounted) {
  std::vector<LoggedEvent> shells;
  {
    RunningAgent agent(dir_);
    StartOrphan();
    shells = EventsWith(agent.Events(), 1, "sh -c (read go");
    agent.Stop(SIGKILL);
  }
  ASSERT_THAT(shells, Not(IsEmpty()));
  RunningAgent agent(dir_);
  LetItRun();
  const auto orphan = OrphanIn(agent);
  ASSERT_THAT(orphan, SizeIs(1));
  EXPECT_NE(orphan[0].Get("ParentProcessGuid"), shells[0].Get("ProcessGuid"));
  EXPECT_THAT(agent.Status(), Not(HasSubstr("parents-present: 0\n")));
}

}  // namespace
}  // namespace pidigree
