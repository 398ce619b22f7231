// What processes do to each other, as the agent writes it: each way to get at another process, the
// events that it makes with every field, and what looks like it and makes none.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/period.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using testing::ElementsAreArray;

using Fields = std::map<std::string, std::string>;

// In both processes at the same address, since they are forked from one.
uint64_t words[2] = {1, 2};

struct Told {
  uint16_t id;
  Fields fields;

  bool operator==(const Told&) const = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << told.id;
  for (const auto& [name, value] : told.fields) *out << " " << name << "=" << value;
}

// Of one process and the child that it acts on.
struct Pair {
  pid_t source = -1;
  pid_t target = -1;
  std::string source_guid = {};
  std::string target_guid = {};
  std::string target_user = {};
  Period period = {};

  Fields Both() const {
    const std::string image = std::filesystem::read_symlink("/proc/self/exe");
    return {{"RuleName", "-"},
            {"SourceProcessId", std::to_string(source)},
            {"SourceImage", image},
            {"SourceUser", "root"},
            {"TargetProcessId", std::to_string(target)},
            {"TargetImage", image},
            {"TargetUser", target_user}};
  }
  Told Access(const std::string& granted) const {
    Told told{10, Both()};
    told.fields.insert({{"SourceProcessGUID", source_guid},
                        {"TargetProcessGUID", target_guid},
                        {"SourceThreadId", std::to_string(source)},
                        {"GrantedAccess", granted},
                        {"CallTrace", "-"}});
    return told;
  }
  Told Start(const std::string& thread, const std::string& address) const {
    Told told{8, Both()};
    told.fields.insert({{"SourceProcessGuid", source_guid},
                        {"TargetProcessGuid", target_guid},
                        {"NewThreadId", thread},
                        {"StartAddress", address},
                        {"StartModule", "-"},
                        {"StartFunction", "-"}});
    return told;
  }
  Told Written(const void* where) const { return Start("-", Address(where)); }
  static std::string Address(const void* where) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "0x%016lX",
                  static_cast<unsigned long>(reinterpret_cast<uintptr_t>(where)));
    return text.data();
  }
};

struct Case {
  std::string name;
  std::function<void(pid_t target)> act;
  std::function<std::vector<Told>(const Pair&)> told;
  std::function<void()> prepare_target = nullptr;  // in the target, before that
  const char* target_user = "root";
};

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}
bool Opens(const std::string& path, int flags) {
  return static_cast<bool>(UniqueFd(open(path.c_str(), flags | O_CLOEXEC)));
}
void Attach(pid_t pid) {
  Must(ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) == 0 && waitpid(pid, nullptr, 0) == pid);
}
bool Poke(pid_t pid, void* where) { return ptrace(PTRACE_POKEDATA, pid, where, 9L) == 0; }
ssize_t ReadWord(pid_t pid, void* from) {
  uint64_t word = 0;
  const iovec here{&word, sizeof word}, there{from, sizeof word};
  return process_vm_readv(pid, &here, 1, &there, 1, 0);
}
ssize_t WriteWord(pid_t pid, void* to) {
  uint64_t word = 7;
  const iovec here{&word, sizeof word}, there{to, sizeof word};
  return process_vm_writev(pid, &here, 1, &there, 1, 0);
}
bool TakesDescriptor(pid_t pid, int descriptor) {
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  return static_cast<bool>(
      UniqueFd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0))));
}
pid_t DeadProcess() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  Must(waitpid(pid, nullptr, 0) == pid);
  return pid;
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"Attach", Attach, [](const Pair& pair) { return std::vector{pair.Access("0x83a")}; }},
      {"Seize", [](pid_t target) { Must(ptrace(PTRACE_SEIZE, target, nullptr, nullptr) == 0); },
       [](const Pair& pair) { return std::vector{pair.Access("0x83a")}; }},
      {"TraceMe", [](pid_t) {}, [](const Pair& pair) { return std::vector{pair.Access("0x83a")}; },
       [] { Must(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0); }},
      {"Poke",
       [](pid_t target) {
         Attach(target);
         Must(Poke(target, &words[1]));
       },
       [](const Pair& pair) {
         return std::vector{pair.Access("0x83a"), pair.Written(&words[1])};
       }},
      {"Read", [](pid_t target) { Must(ReadWord(target, words) > 0); },
       [](const Pair& pair) { return std::vector{pair.Access("0x10")}; }},
      {"Write", [](pid_t target) { Must(WriteWord(target, words) > 0); },
       [](const Pair& pair) {
         return std::vector{pair.Access("0x28"), pair.Written(words)};
       }},
      {"Descriptor", [](pid_t target) { Must(TakesDescriptor(target, 0)); },
       [](const Pair& pair) { return std::vector{pair.Access("0x40")}; }},
      {"MemoryForReading", [](pid_t target) { Must(Opens(ProcPath(target, "mem"), O_RDONLY)); },
       [](const Pair& pair) { return std::vector{pair.Access("0x10")}; }},
      {"MemoryForWriting", [](pid_t target) { Must(Opens(ProcPath(target, "mem"), O_WRONLY)); },
       [](const Pair& pair) {
         return std::vector{pair.Access("0x28"), pair.Start("-", "-")};
       }},
      {"MemoryForBoth", [](pid_t target) { Must(Opens(ProcPath(target, "mem"), O_RDWR)); },
       [](const Pair& pair) {
         return std::vector{pair.Access("0x38"), pair.Start("-", "-")};
       }},
      {"OfAnotherUser", [](pid_t target) { Must(ReadWord(target, words) > 0); },
       [](const Pair& pair) { return std::vector{pair.Access("0x10")}; },
       [] { Must(setuid(kNobodyUid) == 0); }, "nobody"},
#ifdef __x86_64__
      {"Redirected",
       [](pid_t target) {
         Attach(target);
         user_regs_struct registers{};
         Must(ptrace(PTRACE_GETREGS, target, nullptr, &registers) == 0);
         registers.rip = reinterpret_cast<uintptr_t>(words);
         Must(ptrace(PTRACE_SETREGS, target, nullptr, &registers) == 0 &&
              kill(target, SIGKILL) == 0);
       },
       [](const Pair& pair) {
         return std::vector{pair.Access("0x83a"),
                            pair.Start(std::to_string(pair.target), pair.Address(words))};
       }},
#endif
      {"ItselfOnly",
       [](pid_t) {
         Must(ReadWord(getpid(), words) > 0 && WriteWord(getpid(), words) > 0 &&
              Opens("/proc/self/mem", O_RDWR) && Opens("/proc/thread-self/mem", O_RDONLY) &&
              TakesDescriptor(getpid(), 0));
       },
       [](const Pair&) { return std::vector<Told>(); }},
      {"WhatFails",
       [](pid_t target) {
         const pid_t dead = DeadProcess();
         Must(ptrace(PTRACE_ATTACH, getpid(), nullptr, nullptr) < 0 &&
              ptrace(PTRACE_ATTACH, dead, nullptr, nullptr) < 0 &&
              ptrace(PTRACE_SEIZE, dead, nullptr, nullptr) < 0 && !Poke(target, words) &&
              ReadWord(dead, words) < 0 && WriteWord(dead, words) < 0 &&
              ReadWord(target, nullptr) < 0 && WriteWord(target, nullptr) < 0 &&
              !TakesDescriptor(target, 9999) && !Opens(ProcPath(dead, "mem"), O_RDONLY));
         Must(setresuid(kNobodyUid, kNobodyUid, 0) == 0);
         Must(ptrace(PTRACE_ATTACH, target, nullptr, nullptr) < 0 && ReadWord(target, words) < 0 &&
              !TakesDescriptor(target, 0) && !Opens(ProcPath(target, "mem"), O_RDONLY));
       },
       [](const Pair&) { return std::vector<Told>(); }},
      {"WhatOnlyLooks",
       [](pid_t target) {
         for (const char* name : {"maps", "environ", "cmdline", "stat", "status"})
           Must(Opens(ProcPath(target, name), O_RDONLY));
         Must(Opens(ProcPath(target, "mem"), O_PATH));
         Must(kill(target, 0) == 0 && syscall(SYS_pidfd_open, target, 0) >= 0);
       },
       [](const Pair&) { return std::vector<Told>(); }},
  };
  return cases;
}

class AgentAccess : public AgentTest {
 protected:
  std::string Config() const {
    return dir_.Write(
        "config",
        "<Sysmon schemaversion=\"4.90\"><EventFiltering>"
        "<ProcessAccess onmatch=\"exclude\"/><CreateRemoteThread onmatch=\"exclude\"/>"
        "</EventFiltering></Sysmon>");
  }

  static std::string GuidOf(pid_t pid) {
    std::string guid = RunPidigree({"guid", std::to_string(pid)}).out;
    if (guid.ends_with('\n')) guid.pop_back();
    return guid;
  }

  // Lets a process act on a child of its own, as soon as it is known who they are.
  static Pair Act(const Case& one) {
    std::array<int, 2> go{}, ready{};
    EXPECT_EQ(pipe(go.data()) + pipe(ready.data()), 0);
    Pair pair;
    pair.source = fork();
    if (pair.source == 0) {
      std::array<int, 2> prepared{};
      Must(pipe(prepared.data()) == 0);
      const pid_t target = fork();
      if (target == 0) {
        char byte;
        close(prepared[1]);
        Must(read(prepared[0], &byte, 1) == 1);
        if (one.prepare_target) one.prepare_target();
        Must(write(ready[1], "", 1) == 1);
        for (;;) pause();
      }
      Must(write(ready[1], &target, sizeof target) == sizeof target);
      char byte;
      Must(read(go[0], &byte, 1) == 1 && write(prepared[1], "", 1) == 1);
      Must(read(ready[0], &byte, 1) == 1);
      one.act(target);
      _exit(0);
    }
    EXPECT_EQ(read(ready[0], &pair.target, sizeof pair.target), ssize_t{sizeof pair.target});
    pair.source_guid = GuidOf(pair.source);
    pair.target_guid = GuidOf(pair.target);
    pair.target_user = one.target_user;
    EXPECT_EQ(write(go[1], "", 1), 1);
    int status = -1;
    EXPECT_EQ(waitpid(pair.source, &status, 0), pair.source);
    EXPECT_EQ(status, 0) << one.name;
    pair.period.End();
    kill(pair.target, SIGKILL);
    for (const int end : {go[0], go[1], ready[0], ready[1]}) close(end);
    return pair;
  }

  // What `source` is told to have done, behind the announcements of both.
  static std::vector<Told> ToldOf(const Pair& pair, const std::vector<LoggedEvent>& events) {
    std::vector<Told> told;
    std::set<std::string> announced;
    for (const LoggedEvent& event : events) {
      if (event.id == 1) announced.emplace(event.Get("ProcessGuid"));
      if (event.Get("SourceProcessId") != std::to_string(pair.source)) continue;
      EXPECT_TRUE(announced.contains(pair.source_guid));
      EXPECT_TRUE(announced.contains(pair.target_guid));
      EXPECT_TRUE(pair.period.Holds(event.Get("UtcTime"))) << event.Get("UtcTime");
      Told& one = told.emplace_back();
      one.id = event.id;
      for (const auto& [name, value] : event.fields)
        if (name != "UtcTime") one.fields.emplace(name, value);
    }
    return told;
  }
};

TEST_F(AgentAccess, EveryField) {
  RunningAgent agent(dir_, {.more = {"--config", Config()}});
  std::vector<Pair> pairs;
  for (const Case& one : Cases()) pairs.push_back(Act(one));
  const std::vector<LoggedEvent> events = agent.Events();
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::vector<Told> told = ToldOf(pairs[i], events);
    EXPECT_THAT(told, ElementsAreArray(Cases()[i].told(pairs[i]))) << Cases()[i].name;
  }
}

}  // namespace
}  // namespace pidigree
