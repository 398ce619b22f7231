// Processes that are made, named and ended in every unusual way, as the agent writes them. What
// each of them is is read from /proc by those who take part.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/shared_agent_test.h"
#include "tests/support/child.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kTrue[] = "/bin/true";

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// What /proc says of a process; proc(5), fields 1 and 22 of its stat.
struct Witnessed {
  int pid = 0;
  uint64_t start_ticks = 0;
};

// Without memory of its own: also for the child of a vfork.
Witnessed Witness(const char* process) {
  std::array<char, 64> path{};
  std::array<char, 1024> text{};
  std::snprintf(path.data(), path.size(), "/proc/%s/stat", process);
  const int fd = open(path.data(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(fd, text.data(), text.size() - 1);
  close(fd);
  Witnessed seen;
  std::string_view rest(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  std::sscanf(text.data(), "%d", &seen.pid);
  rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
  for (int field = 2; field < 22; ++field)
    rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  std::from_chars(rest.data(), rest.data() + rest.size(), seen.start_ticks);
  return seen;
}

Witnessed Witness(pid_t pid) { return Witness(std::to_string(pid).c_str()); }

// As docs/lineage.md says.
std::string Guid(const Witnessed& process) {
  const std::string machine = FirstLine("/etc/machine-id").substr(0, 8);
  const std::string boot = FirstLine("/proc/sys/kernel/random/boot_id").substr(0, 8);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "{%s-%s-%s-%04" PRIx64 "-%06" PRIx64 "%06x}",
                machine.c_str(), boot.substr(0, 4).c_str(), boot.substr(4).c_str(),
                process.start_ticks >> 24, process.start_ticks & 0xffffff,
                static_cast<unsigned>(process.pid));
  return text.data();
}

// Seen by all who take part.
struct Scene {
  Witnessed maker;    // called fork
  Witnessed program;  // and its child, which runs a program
};

[[noreturn]] void Exec(const std::vector<std::string>& argv, const char* path = nullptr) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(path == nullptr ? pointers[0] : path, pointers.data());
  _exit(127);
}

[[noreturn]] void ExecFd(int fd, const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  syscall(SYS_execveat, fd, "", pointers.data(), environ, AT_EMPTY_PATH);
  _exit(127);
}

// Waits for all children, and looks at each before it is gone for good.
void Reap(Scene& scene) {
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0) {
    if (info.si_pid != scene.maker.pid) scene.program = Witness(info.si_pid);
    Must(info.si_status != 127);
    waitpid(info.si_pid, nullptr, 0);
  }
}

class AgentHardCases : public SharedAgentTest<AgentHardCases> {
 public:
  static std::string Config() { return ""; }

 protected:
  void SetUp() override {
    SharedAgentTest::SetUp();
    if (IsSkipped()) return;
    fs::permissions(dir_.Path(""), fs::perms(0755));
    void* const memory =
        mmap(nullptr, sizeof(Scene), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    scene_ = new (memory) Scene;
  }
  void TearDown() override {
    SharedAgentTest::TearDown();
    if (scene_ != nullptr) munmap(scene_, sizeof(Scene));
  }

  void Look() { events_ = agent().Events(); }
  std::vector<LoggedEvent> OfGuid(uint16_t id, std::string_view guid) const {
    std::vector<LoggedEvent> found;
    for (const LoggedEvent& event : events_)
      if (event.id == id && event.Get("ProcessGuid") == guid) found.push_back(event);
    return found;
  }
  // The only ProcessCreate whose command line holds the word of this test.
  LoggedEvent TheCreate() {
    Look();
    const auto found = EventsWith(events_, 1, word_);
    EXPECT_THAT(found, SizeIs(1));
    return found.empty() ? LoggedEvent{} : found.front();
  }
  void ExpectOneEnd(const LoggedEvent& create) const {
    const auto ends = OfGuid(5, create.Get("ProcessGuid"));
    ASSERT_THAT(ends, SizeIs(1));
    EXPECT_GT(ends[0].record_id, create.record_id);
    EXPECT_EQ(ends[0].Get("Image"), create.Get("Image"));
    EXPECT_EQ(ends[0].Get("ProcessId"), create.Get("ProcessId"));
  }
  std::string CopyOf(const std::string& program, const std::string& name) const {
    const fs::path path = dir_.Path(name);
    fs::create_directories(path.parent_path());
    fs::copy_file(program, path);
    fs::permissions(path, fs::perms(0755));
    return path;
  }

  Scene* scene_ = nullptr;
  std::vector<LoggedEvent> events_;
};

// ---- Ways to make a process that runs `argv`.

struct Way {
  const char* name;
  void (*make)(Scene& scene, const std::vector<std::string>& argv);
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

pid_t Clone3(uint64_t flags, pid_t wanted = 0) {
  clone_args arguments{};
  arguments.flags = flags;
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = wanted == 0 ? 0 : reinterpret_cast<uintptr_t>(&wanted);
  arguments.set_tid_size = wanted == 0 ? 0 : 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

const Way kWays[] = {
    {"Fork",
     [](Scene& scene, const auto& argv) {
       scene.maker = Witness("self");
       if (fork() == 0) Exec(argv);
       Reap(scene);
     }},
    {"Vfork",
     [](Scene& scene, const auto& argv) {
       scene.maker = Witness("self");
       const std::array<char*, 3> pointers = {const_cast<char*>(argv[0].c_str()),
                                              const_cast<char*>(argv[1].c_str()), nullptr};
       if (vfork() == 0) {
         execv(pointers[0], pointers.data());
         _exit(127);
       }
       Reap(scene);
     }},
    {"Spawn",
     [](Scene& scene, const auto& argv) {
       scene.maker = Witness("self");
       const std::array<char*, 3> pointers = {const_cast<char*>(argv[0].c_str()),
                                              const_cast<char*>(argv[1].c_str()), nullptr};
       pid_t pid = 0;
       Must(posix_spawn(&pid, pointers[0], nullptr, nullptr, pointers.data(), environ) == 0);
       Reap(scene);
     }},
    {"Clone3",
     [](Scene& scene, const auto& argv) {
       scene.maker = Witness("self");
       if (Clone3(0) == 0) Exec(argv);
       Reap(scene);
     }},
    {"Orphan",
     [](Scene& scene, const auto& argv) {
       prctl(PR_SET_CHILD_SUBREAPER, 1);
       if (fork() == 0) {
         scene.maker = Witness("self");
         const pid_t maker = getpid();
         if (fork() == 0) {
           while (getppid() == maker) sched_yield();
           Exec(argv);
         }
         _exit(0);
       }
       Reap(scene);
     }},
    {"CloneParent",
     [](Scene& scene, const auto& argv) {
       if (fork() == 0) {
         scene.maker = Witness("self");
         if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0)
           Exec(argv);
         _exit(0);
       }
       Reap(scene);
     }},
    {"ChildNamespace",
     [](Scene& scene, const auto& argv) {
       scene.maker = Witness("self");
       Must(unshare(CLONE_NEWPID) == 0);
       if (fork() == 0) {
         Must(getpid() == 1);
         Exec(argv);
       }
       Reap(scene);
     }},
};

class AgentHardWays : public AgentHardCases, public testing::WithParamInterface<Way> {};

INSTANTIATE_TEST_SUITE_P(To, AgentHardWays, testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_P(AgentHardWays, MakeAProcess) {
  const uint64_t lost = agent().LostFacts();
  InChild([&] { GetParam().make(*scene_, {kTrue, word_}); });
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("ProcessGuid"), Guid(scene_->program));
  EXPECT_EQ(create.Get("ProcessId"), std::to_string(scene_->program.pid));
  EXPECT_EQ(create.Get("CommandLine"), kTrue + (" " + word_));
  EXPECT_EQ(create.Get("Image"), fs::canonical(kTrue));
  EXPECT_EQ(create.Get("ParentProcessGuid"), Guid(scene_->maker));
  EXPECT_EQ(create.Get("ParentProcessId"), std::to_string(scene_->maker.pid));
  EXPECT_EQ(create.Get("ParentImage"), fs::canonical("/proc/self/exe"));
  ExpectOneEnd(create);
  // Who made it ran no program of its own, and was announced before.
  const auto makers = OfGuid(1, create.Get("ParentProcessGuid"));
  ASSERT_THAT(makers, SizeIs(1));
  EXPECT_LT(makers[0].record_id, create.record_id);
  ExpectForked(agent(), lost, makers[0]);
  EXPECT_EQ(makers[0].Get("Image"), fs::canonical("/proc/self/exe"));
  ExpectOneEnd(makers[0]);
}

// ---- What is run.

TEST_F(AgentHardCases, MemfdHasItsName) {
  InChild([&] {
    const int fd = memfd_create("hard", 0);
    const UniqueFd program(open(kTrue, O_RDONLY | O_CLOEXEC));
    while (sendfile(fd, program.get(), nullptr, 1 << 20) > 0) {
    }
    ExecFd(fd, {"anything", word_});
  });
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("Image"), "memfd:hard");
  EXPECT_EQ(create.Get("CommandLine"), "anything " + word_);
  ExpectOneEnd(create);
}

TEST_F(AgentHardCases, FileOpenedAsAPathOnly) {
  InChild([&] { ExecFd(open(kTrue, O_PATH | O_CLOEXEC), {"anything", word_}); });
  EXPECT_EQ(TheCreate().Get("Image"), fs::canonical(kTrue));
}

TEST_F(AgentHardCases, DeletedFileKeepsThePathItHad) {
  const std::string program = CopyOf(kTrue, "program");
  InChild([&] {
    const int fd = open(program.c_str(), O_PATH | O_CLOEXEC);
    Must(unlink(program.c_str()) == 0);
    ExecFd(fd, {"anything", word_});
  });
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("Image"), program);
  ExpectOneEnd(create);
}

TEST_F(AgentHardCases, ScriptsAreTheirInterpreter) {
  const std::string inner = dir_.Write("inner", "#!/bin/sh -e\n");
  const std::string outer = dir_.Write("outer", "#!" + inner + "\n");
  for (const std::string& script : {inner, outer}) fs::permissions(script, fs::perms(0755));
  RunProcess({inner, word_ + "one"});
  RunProcess({outer, word_ + "two"});
  Look();
  const auto creates = EventsWith(events_, 1, word_);
  ASSERT_THAT(creates, SizeIs(2));
  for (const LoggedEvent& create : creates)
    EXPECT_EQ(create.Get("Image"), fs::canonical("/bin/sh"));
  EXPECT_EQ(creates[0].Get("CommandLine"), "/bin/sh -e " + inner + " " + word_ + "one");
  EXPECT_EQ(creates[1].Get("CommandLine"),
            "/bin/sh -e " + inner + " " + outer + " " + word_ + "two");
}

TEST_F(AgentHardCases, SetUserIdProgramHasTheUserWhoRanIt) {
  const std::string program = CopyOf(kTrue, "program");
  ASSERT_EQ(chown(program.c_str(), 1, 0), 0);
  fs::permissions(program, fs::perms(04755));
  InChild([&] {
    Must(setgid(65534) == 0 && setuid(65534) == 0);
    Exec({program, word_});
  });
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("User"), "nobody");
  EXPECT_EQ(create.Get("LogonId"), "65534");
  EXPECT_EQ(create.Get("ParentUser"), "root");
}

TEST_F(AgentHardCases, ProgramOf32Bits) {
  int status = -1;
  const pid_t child = fork();
  if (child == 0) Exec({I386_ACTOR_BINARY, kTrue, word_});
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 127) GTEST_SKIP() << "this machine runs no 32-bit programs";
  ASSERT_EQ(WEXITSTATUS(status), 9);
  Look();
  const auto creates = EventsWith(events_, 1, word_);
  ASSERT_THAT(creates, SizeIs(2));
  EXPECT_EQ(creates[0].Get("Image"), I386_ACTOR_BINARY);
  EXPECT_EQ(creates[1].Get("CommandLine"), kTrue + (" " + word_));
  EXPECT_EQ(creates[1].Get("ParentProcessGuid"), creates[0].Get("ProcessGuid"));
  for (const LoggedEvent& create : creates) ExpectOneEnd(create);
}

TEST_F(AgentHardCases, ChrootCannotChooseThePath) {
  const std::string program = CopyOf(ACTOR_BINARY, "root/usr/bin/true");
  InChild([&] {
    Must(chroot(dir_.Path("root").c_str()) == 0 && chdir("/") == 0);
    Exec({"/usr/bin/true", "exit", word_});
  });
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("Image"), program);
  EXPECT_EQ(create.Get("CurrentDirectory"), dir_.Path("root"));
}

void EnterMountNamespace() {
  Must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
}

TEST_F(AgentHardCases, PathInAMountNamespaceIsItsOwn) {
  CopyOf(kTrue, "host/program");
  const std::string place = dir_.Path("place");
  fs::create_directory(place);
  InChild([&] {
    EnterMountNamespace();
    Must(mount(dir_.Path("host").c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0);
    Exec({place + "/program", word_});
  });
  EXPECT_EQ(TheCreate().Get("Image"), place + "/program");
}

TEST_F(AgentHardCases, PathOnAnOverlayIsTheMergedOne) {
  for (const char* name : {"lower", "upper", "work", "merged"})
    fs::create_directory(dir_.Path(name));
  CopyOf(kTrue, "lower/program");
  const std::string options = "lowerdir=" + dir_.Path("lower") + ",upperdir=" + dir_.Path("upper") +
                              ",workdir=" + dir_.Path("work");
  const bool ran =
      RunChild([&] {
        EnterMountNamespace();
        Must(mount("none", dir_.Path("merged").c_str(), "overlay", 0, options.c_str()) == 0);
        Exec({dir_.Path("merged/program"), word_});
      }).status == 0;
  if (!ran) GTEST_SKIP() << "no overlay can be mounted here";
  EXPECT_EQ(TheCreate().Get("Image"), dir_.Path("merged/program"));
}

constexpr size_t kTakenArguments = 128 * 1024;  // docs/run.md

TEST_F(AgentHardCases, ArgumentsAreWholeUpToTheirLimit) {
  // argv[0], the word, and what fills up the rest, each with its NUL.
  const std::string rest(kTakenArguments - sizeof kTrue - (word_.size() + 1) - 1, 'x');
  RunProcess({kTrue, word_, rest});
  EXPECT_EQ(TheCreate().Get("CommandLine"), kTrue + (" " + word_) + " " + rest);
}

TEST_F(AgentHardCases, LongerArgumentsEndInAnEllipsisAndAreCounted) {
  RunProcess({kTrue, word_, std::string(kTakenArguments - 1, 'x')});
  const std::string command_line(TheCreate().Get("CommandLine"));
  EXPECT_TRUE(command_line.ends_with("xxx..."));
  EXPECT_EQ(command_line.size(), kTakenArguments + 3);
  EXPECT_TRUE(Eventually(
      [&] { return agent().Status().find("lost-ARGUMENTS_CUT: 0\n") == std::string::npos; }));
}

TEST_F(AgentHardCases, BytesThatAreNoTextAreReplaced) {
  RunProcess({kTrue, word_, "\x01\x1b[31m\x7f", "\xff\xfe\xe6\x97", "<&>\"'", "new\nline\ttab\r",
              "日本語 🦀"});
  // One U+FFFD for each byte that is neither XML nor UTF-8. DEL is XML.
  EXPECT_EQ(TheCreate().Get("CommandLine"), kTrue + (" " + word_) +
                                                " \xef\xbf\xbd\xef\xbf\xbd[31m\x7f"
                                                " \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                                " <&>\"' new\nline\ttab\r 日本語 🦀");
}

// ---- Lives.

TEST_F(AgentHardCases, ExecChainIsOneProcess) {
  InChild([&] {
    scene_->program = Witness("self");
    Exec({"/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true " + word_ + "'"});
  });
  Look();
  const auto creates = OfGuid(1, Guid(scene_->program));
  ASSERT_THAT(creates, SizeIs(3));
  EXPECT_EQ(creates[1].Get("CommandLine"), "/bin/sh -c exec /bin/true " + word_);
  EXPECT_EQ(creates[2].Get("CommandLine"), "/bin/true " + word_);
  for (const LoggedEvent& create : creates) {
    EXPECT_EQ(create.Get("Description"), "-");
    EXPECT_EQ(create.Get("ParentProcessGuid"), Guid(Witness("self")));
  }
  ExpectOneEnd(creates[2]);
}

TEST_F(AgentHardCases, ExecFromASecondThreadIsOfTheSameProcess) {
  RunProcess({ACTOR_BINARY, "thread-exec", word_});
  const LoggedEvent first = TheCreate();
  const auto creates = OfGuid(1, first.Get("ProcessGuid"));
  ASSERT_THAT(creates, SizeIs(2));
  EXPECT_EQ(creates[1].Get("CommandLine"), "actor exit 6");
  EXPECT_EQ(creates[1].Get("ProcessId"), first.Get("ProcessId"));
  EXPECT_EQ(creates[1].Get("ParentProcessGuid"), first.Get("ParentProcessGuid"));
  ExpectOneEnd(creates[1]);
}

TEST_F(AgentHardCases, ThousandsOfThreadsAreOneProcess) {
  const pid_t pid = RunProcess({ACTOR_BINARY, "threads", "3000", word_});
  const LoggedEvent create = TheCreate();
  EXPECT_EQ(create.Get("ProcessId"), std::to_string(pid));
  EXPECT_THAT(OfGuid(1, create.Get("ProcessGuid")), SizeIs(1));
  ExpectOneEnd(create);
}

TEST_F(AgentHardCases, ProcessLivesOnWhenItsFirstThreadHasEnded) {
  RunProcess({ACTOR_BINARY, "leaderless", word_});
  ExpectOneEnd(TheCreate());
}

TEST_F(AgentHardCases, ForkWithoutExecThatNothingNamesIsNotWritten) {
  InChild([&] { scene_->program = Witness("self"); });
  Look();
  EXPECT_THAT(OfGuid(1, Guid(scene_->program)), IsEmpty());
  EXPECT_THAT(OfGuid(5, Guid(scene_->program)), IsEmpty());
}

TEST_F(AgentHardCases, EndBySignalIsAnEnd) {
  for (const char* signal : {"KILL", "SEGV", "TERM"})
    RunProcess({"/bin/sh", "-c", "kill -" + std::string(signal) + " $$", word_});
  Look();
  const auto creates = EventsWith(events_, 1, word_);
  ASSERT_THAT(creates, SizeIs(3));
  for (const LoggedEvent& create : creates) ExpectOneEnd(create);
}

TEST_F(AgentHardCases, NumberThatIsGivenAgainIsAnotherProcess) {
  InChild([&] {
    const pid_t first = Clone3(0);
    if (first == 0) Exec({kTrue, word_ + "first"});
    Reap(*scene_);
    const pid_t second = Clone3(0, first);
    if (second == 0) Exec({kTrue, word_ + "second"});
    Must(second == first);
    waitpid(second, nullptr, 0);
  });
  Look();
  const auto creates = EventsWith(events_, 1, word_);
  ASSERT_THAT(creates, SizeIs(2));
  EXPECT_EQ(creates[0].Get("ProcessGuid"), Guid(scene_->program));
  EXPECT_EQ(creates[0].Get("ProcessId"), creates[1].Get("ProcessId"));
  EXPECT_NE(creates[0].Get("ProcessGuid"), creates[1].Get("ProcessGuid"));
  for (const LoggedEvent& create : creates) ExpectOneEnd(create);
}

TEST_F(AgentHardCases, LivesOfAMomentAreAllWritten) {
  constexpr size_t kLives = 100;
  InChild([&] {
    const std::string word = word_;
    for (size_t i = 0; i < kLives; ++i) {
      if (vfork() == 0) {
        execl(kTrue, kTrue, word.c_str(), nullptr);
        _exit(127);
      }
    }
    while (wait(nullptr) > 0) {
    }
  });
  Look();
  const auto creates = EventsWith(events_, 1, word_);
  EXPECT_THAT(creates, SizeIs(kLives));
  std::map<std::string, int, std::less<>> ends;
  for (const LoggedEvent& create : creates) ends[std::string(create.Get("ProcessGuid"))] = 0;
  EXPECT_THAT(ends, SizeIs(creates.size()));
  for (const LoggedEvent& event : events_) {
    const auto end = ends.find(event.Get("ProcessGuid"));
    if (event.id == 5 && end != ends.end()) ++end->second;
  }
  for (const auto& [guid, count] : ends) EXPECT_EQ(count, 1) << guid;
}

// Each makes the next one and ends; only the last one runs a program, whose ancestry reaches back
// to the first. An agent of its own: this is most of what it writes.
using AgentForkChain = AgentTest;

TEST_F(AgentForkChain, IsClosedOverTwentyThousandDeadAncestors) {
  const size_t length = ScaledCount(20'000);
  RunningAgent agent(dir_);
  RunProcess({ACTOR_BINARY, "fork-chain", std::to_string(length), kTrue, word_});
  const auto events = agent.Events();
  std::map<std::string, const LoggedEvent*, std::less<>> created;
  const LoggedEvent* last = nullptr;
  for (const LoggedEvent& event : events) {
    if (event.id != 1) continue;
    created.emplace(event.Get("ProcessGuid"), &event);
    if (event.Get("CommandLine") == kTrue + (" " + word_)) last = &event;
  }
  ASSERT_NE(last, nullptr);
  const std::string own = Guid(Witness("self"));
  size_t ancestors = 0;
  uint64_t before = last->record_id;
  for (std::string parent(last->Get("ParentProcessGuid")); parent != own; ++ancestors) {
    const auto known = created.find(parent);
    ASSERT_NE(known, created.end()) << ancestors << " ancestors are known";
    ASSERT_LT(known->second->record_id, before);
    before = known->second->record_id;
    parent = known->second->Get("ParentProcessGuid");
  }
  // The first one and the chain, but for the one that ran the program.
  EXPECT_EQ(ancestors, length);
}

}  // namespace
}  // namespace pidigree
