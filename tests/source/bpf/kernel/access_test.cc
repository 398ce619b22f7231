// What processes do to each other: each way to get at another process, and what looks like one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/source/bpf/kernel/activity_test.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uid_t kNobody = 65534;

// In every process of a test at the same address, since they are forked from one.
uint64_t words[4] = {1, 2, 3, 4};

uint64_t AddressOf(const void* memory) { return reinterpret_cast<uintptr_t>(memory); }

std::string ProcPath(pid_t pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

void Stopped(pid_t pid) {
  int status = 0;
  Must(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
}

void Attach(pid_t pid) {
  Must(ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) == 0);
  Stopped(pid);
}

void Detach(pid_t pid) { Must(ptrace(PTRACE_DETACH, pid, nullptr, nullptr) == 0); }

ssize_t ReadWord(pid_t pid, void* from) {
  uint64_t word = 0;
  const iovec here{&word, sizeof word};
  const iovec there{from, sizeof word};
  return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

ssize_t WriteWord(pid_t pid, void* to) {
  uint64_t word = 7;
  const iovec here{&word, sizeof word};
  const iovec there{to, sizeof word};
  return process_vm_writev(pid, &here, 1, &there, 1, 0);
}

bool Poke(pid_t pid, const void* address) { return ptrace(PTRACE_POKEDATA, pid, address, 9L) == 0; }

int OpenMemory(pid_t pid, int flags) {
  return open(ProcPath(pid, "mem").c_str(), flags | O_CLOEXEC);
}

long TakeDescriptor(pid_t pid, int descriptor) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  Must(pidfd >= 0);
  return syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
}

// What is compared of a fact, but for who it is about.
struct Seen {
  AccessKind kind;
  std::optional<uint64_t> address = {};
  bool readable = false;
  bool writable = false;

  bool operator==(const Seen&) const = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << "kind " << static_cast<int>(seen.kind) << " address " << seen.address.value_or(0)
         << (seen.readable ? " read" : "") << (seen.writable ? " write" : "");
  }
};

struct Case {
  std::string name;
  std::function<void(pid_t target)> act;  // ends the process with 126 if it cannot
  std::vector<Seen> expected;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::string NameOfCase(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }

class AccessTest : public ActivityTest {
 protected:
  AccessTest() : ActivityTest({8, 10}) {}

  // Lets a process act on a child of its own, which only waits.
  void ActOnChild(const std::function<void(pid_t)>& act) {
    actor_ = Run([&] {
      const pid_t target = fork();
      if (target == 0)
        for (;;) pause();
      act(target);
      kill(target, SIGKILL);
      waitpid(target, nullptr, 0);
    });
    ASSERT_EQ(status_, 0);
    for (const ForkFact& fork : recorder_->All<ForkFact>())
      if (fork.subject.process == IdOf(actor_)) target_ = fork.child;
  }

  std::vector<Seen> SeenOf(pid_t pid) const {
    std::vector<Seen> seen;
    for (const AccessFact& access : AccessesOf(pid))
      seen.push_back({access.kind, access.address, access.readable, access.writable});
    return seen;
  }

  pid_t actor_ = 0;
  ProcessKey target_;
};

class EachAccess : public AccessTest, public testing::WithParamInterface<Case> {};

TEST_P(EachAccess, IsTold) {
  ActOnChild(GetParam().act);
  EXPECT_EQ(SeenOf(actor_), GetParam().expected);
  for (const AccessFact& access : AccessesOf(actor_)) {
    EXPECT_EQ(access.target, target_);
    EXPECT_EQ(access.target_tid, target_.tgid);
    EXPECT_EQ(access.target_uid, 0u);
    EXPECT_EQ(access.actor_tid, static_cast<uint32_t>(actor_));
    EXPECT_EQ(access.subject.ids.uid, 0u);
  }
}

const Seen kAttached{AccessKind::kAttach};

INSTANTIATE_TEST_SUITE_P(
    Kinds, EachAccess,
    testing::Values(
        Case{"Attach", [](pid_t target) { Attach(target); }, {kAttached}},
        Case{"Seize",
             [](pid_t target) { Must(ptrace(PTRACE_SEIZE, target, nullptr, nullptr) == 0); },
             {kAttached}},
        Case{"Poke",
             [](pid_t target) {
               Attach(target);
               Must(Poke(target, &words[1]));
             },
             {kAttached, {AccessKind::kPoke, AddressOf(&words[1])}}},
        Case{"PokeRunOnce",
             [](pid_t target) {
               Attach(target);
               for (const uint64_t& word : words) Must(Poke(target, &word));
             },
             {kAttached, {AccessKind::kPoke, AddressOf(&words[0])}}},
        Case{"PokeElsewhere",
             [](pid_t target) {
               Attach(target);
               for (const int i : {2, 0, 0}) Must(Poke(target, &words[i]));
             },
             {kAttached,
              {AccessKind::kPoke, AddressOf(&words[2])},
              {AccessKind::kPoke, AddressOf(&words[0])},
              {AccessKind::kPoke, AddressOf(&words[0])}}},
        Case{"Read",
             [](pid_t target) { Must(ReadWord(target, words) == sizeof words[0]); },
             {{AccessKind::kRead}}},
        Case{"Write",
             [](pid_t target) { Must(WriteWord(target, &words[3]) == sizeof words[0]); },
             {{AccessKind::kWrite, AddressOf(&words[3])}}},
        Case{"Descriptor",
             [](pid_t target) { Must(TakeDescriptor(target, 0) >= 0); },
             {{AccessKind::kDescriptor}}},
        Case{"MemoryForReading",
             [](pid_t target) { Must(OpenMemory(target, O_RDONLY) >= 0); },
             {{.kind = AccessKind::kMemoryFile, .readable = true}}},
        Case{"MemoryForWriting",
             [](pid_t target) { Must(OpenMemory(target, O_WRONLY) >= 0); },
             {{.kind = AccessKind::kMemoryFile, .writable = true}}},
        Case{"MemoryForBoth",
             [](pid_t target) { Must(OpenMemory(target, O_RDWR) >= 0); },
             {{.kind = AccessKind::kMemoryFile, .readable = true, .writable = true}}},
        Case{"MemoryOfTask",
             [](pid_t target) {
               const std::string path = ProcPath(target, "task/" + std::to_string(target) + "/mem");
               Must(open(path.c_str(), O_RDONLY) >= 0);
             },
             {{.kind = AccessKind::kMemoryFile, .readable = true}}}),
    NameOfCase);

#ifdef __x86_64__
TEST_F(AccessTest, RegistersSayWhereItGoesOn) {
  constexpr uint64_t kSomewhere = 0x123456789000;
  ActOnChild([](pid_t target) {
    Attach(target);
    user_regs_struct registers{};
    iovec set{&registers, sizeof registers};
    Must(ptrace(PTRACE_GETREGSET, target, 1 /* NT_PRSTATUS */, &set) == 0);
    registers.rip = kSomewhere;
    Must(ptrace(PTRACE_SETREGS, target, nullptr, &registers) == 0);
    registers.rip = kSomewhere + 1;
    Must(ptrace(PTRACE_SETREGSET, target, 1, &set) == 0);
    Must(ptrace(PTRACE_POKEUSER, target, offsetof(user_regs_struct, rip), kSomewhere + 2) == 0);
  });
  EXPECT_THAT(SeenOf(actor_), ElementsAre(kAttached, Seen{AccessKind::kRegisters, kSomewhere},
                                          Seen{AccessKind::kRegisters, kSomewhere + 1},
                                          Seen{AccessKind::kRegisters, kSomewhere + 2}));
}
#endif

// Who traces is the parent; the call is the child's.
TEST_F(AccessTest, TraceMeGivesTheParentThePower) {
  actor_ = Run([] {
    const pid_t target = fork();
    if (target == 0) {
      Must(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
      _exit(0);
    }
    waitpid(target, nullptr, 0);
  });
  const std::vector<AccessFact> accesses = AccessesOf(actor_);
  ASSERT_THAT(accesses, SizeIs(1));
  EXPECT_EQ(accesses[0].kind, AccessKind::kTraceMe);
  EXPECT_EQ(accesses[0].actor_tid, static_cast<uint32_t>(actor_));
  EXPECT_EQ(ForkOf(accesses[0].target.tgid).child, accesses[0].target);
  EXPECT_EQ(ForkOf(accesses[0].target.tgid).subject.process, IdOf(actor_));
}

TEST_F(AccessTest, NamesTheThreadsOfBoth) {
  int numbers[2];
  ASSERT_EQ(pipe(numbers), 0);
  const pid_t target = fork();
  if (target == 0) {
    std::thread([&] {
      const pid_t thread = gettid();
      Must(write(numbers[1], &thread, sizeof thread) == sizeof thread);
      for (;;) pause();
    }).join();
  }
  pid_t target_thread = 0;
  ASSERT_EQ(read(numbers[0], &target_thread, sizeof target_thread), ssize_t{sizeof target_thread});
  const pid_t actor = Run([&] {
    std::thread([&] {
      const pid_t thread = gettid();
      Must(write(numbers[1], &thread, sizeof thread) == sizeof thread);
      Attach(target_thread);
      Detach(target_thread);
    }).join();
    kill(target, SIGKILL);
  });
  ASSERT_EQ(waitpid(target, nullptr, 0), target);
  ASSERT_EQ(status_, 0);
  pid_t thread = 0;
  ASSERT_EQ(read(numbers[0], &thread, sizeof thread), ssize_t{sizeof thread});
  const std::vector<AccessFact> accesses = AccessesOf(actor);
  ASSERT_THAT(accesses, SizeIs(1));
  EXPECT_EQ(accesses[0].actor_tid, static_cast<uint32_t>(thread));
  EXPECT_EQ(accesses[0].target, IdOf(target));
  EXPECT_EQ(accesses[0].target_tid, static_cast<uint32_t>(target_thread));
}

// Numbers are those of the caller's PID namespace.
TEST_F(AccessTest, InAnInnerPidNamespace) {
  constexpr pid_t kLastInnerNumber = 3;  // a sanitizer may have a thread of its own there
  Run([] {
    Must(unshare(CLONE_NEWPID) == 0);
    const pid_t first = fork();
    if (first == 0) {
      const pid_t target = fork();
      if (target == 0)
        for (;;) pause();
      Must(target <= kLastInnerNumber && getpid() == 1);
      Attach(target);
      Must(ReadWord(target, words) > 0);
      Must(TakeDescriptor(target, 0) >= 0);
      _exit(0);
    }
    int status = 0;
    Must(waitpid(first, &status, 0) == first && status == 0);
  });
  ASSERT_EQ(status_, 0);
  std::vector<AccessFact> accesses;
  for (const AccessFact& access : activities_->accesses)
    for (const ForkFact& fork : recorder_->All<ForkFact>())
      if (fork.child == access.target && fork.subject.process == access.subject.process)
        accesses.push_back(access);
  ASSERT_THAT(accesses, SizeIs(3));
  EXPECT_GT(accesses[0].target.tgid, static_cast<uint32_t>(kLastInnerNumber));
  EXPECT_EQ(accesses[0].target, accesses[1].target);
  EXPECT_EQ(accesses[0].target, accesses[2].target);
}

TEST_F(AccessTest, UsersOfBoth) {
  ActOnChild([](pid_t) {
    const pid_t other = fork();
    if (other == 0) {
      Must(setuid(kNobody) == 0);
      raise(SIGSTOP);
      _exit(0);
    }
    Must(waitpid(other, nullptr, WUNTRACED) == other);
    Must(OpenMemory(other, O_RDONLY) >= 0);
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
  });
  const std::vector<AccessFact> accesses = AccessesOf(actor_);
  ASSERT_THAT(accesses, SizeIs(1));
  EXPECT_EQ(accesses[0].subject.ids.uid, 0u);
  EXPECT_EQ(accesses[0].target_uid, kNobody);
}

class NoAccess : public AccessTest, public testing::WithParamInterface<Case> {};

TEST_P(NoAccess, IsTold) {
  ActOnChild(GetParam().act);
  EXPECT_EQ(SeenOf(actor_), GetParam().expected);
}

pid_t DeadProcess() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return pid;
}

INSTANTIATE_TEST_SUITE_P(
    LookAlikes, NoAccess,
    testing::Values(Case{"DeadProcess",
                         [](pid_t) {
                           const pid_t dead = DeadProcess();
                           Must(ptrace(PTRACE_ATTACH, dead, nullptr, nullptr) < 0);
                           Must(ptrace(PTRACE_SEIZE, dead, nullptr, nullptr) < 0);
                           Must(ReadWord(dead, words) < 0 && WriteWord(dead, words) < 0);
                           Must(OpenMemory(dead, O_RDONLY) < 0);
                         },
                         {}},
                    Case{"NotPermitted",
                         [](pid_t target) {
                           Must(setresuid(kNobody, kNobody, 0) == 0);
                           Must(ptrace(PTRACE_ATTACH, target, nullptr, nullptr) < 0);
                           Must(ReadWord(target, words) < 0 && WriteWord(target, words) < 0);
                           Must(OpenMemory(target, O_RDONLY) < 0);
                           Must(TakeDescriptor(target, 0) < 0);
                           Must(setresuid(0, 0, 0) == 0);
                         },
                         {}},
                    Case{"Itself",
                         [](pid_t) {
                           Must(ReadWord(getpid(), words) > 0 && WriteWord(getpid(), words) > 0);
                           Must(OpenMemory(getpid(), O_RDWR) >= 0);
                           Must(open("/proc/thread-self/mem", O_RDONLY) >= 0);
                           Must(TakeDescriptor(getpid(), 0) >= 0);
                         },
                         {}},
                    Case{"NothingTransferred",
                         [](pid_t target) {
                           Must(ReadWord(target, nullptr) < 0 && WriteWord(target, nullptr) < 0);
                           Must(process_vm_readv(target, nullptr, 0, nullptr, 0, 0) == 0);
                           Must(process_vm_writev(target, nullptr, 0, nullptr, 0, 0) == 0);
                           Must(TakeDescriptor(target, 9999) < 0);
                         },
                         {}},
                    Case{"OtherFiles",
                         [](pid_t target) {
                           for (const char* name : {"maps", "environ", "cmdline", "stat", "status"})
                             Must(open(ProcPath(target, name).c_str(), O_RDONLY) >= 0);
                           Must(OpenMemory(target, O_PATH) >= 0);
                           Must(memfd_create("mem", 0) >= 0);
                         },
                         {}},
                    Case{"OnlyLookedAt",
                         [](pid_t target) {
                           Attach(target);
                           errno = 0;
                           ptrace(PTRACE_PEEKDATA, target, words, nullptr);
                           Must(errno == 0);
                           user_regs_struct registers{};
                           iovec set{&registers, sizeof registers};
                           Must(ptrace(PTRACE_GETREGSET, target, 1, &set) == 0);
                           Must(ptrace(PTRACE_SETOPTIONS, target, nullptr, 0L) == 0);
                           Detach(target);
                         },
                         {kAttached}},
                    Case{"AttachedAlready",
                         [](pid_t target) {
                           Attach(target);
                           Must(ptrace(PTRACE_ATTACH, target, nullptr, nullptr) < 0);
                           Must(ptrace(PTRACE_SEIZE, target, nullptr, nullptr) < 0);
                         },
                         {kAttached}},
                    Case{"PokeFails",
                         [](pid_t target) {
                           Attach(target);
                           Must(!Poke(target, nullptr));
                         },
                         {kAttached}},
                    Case{"PokeOfAStranger", [](pid_t target) { Must(!Poke(target, words)); }, {}}),
    NameOfCase);

TEST_F(AccessTest, HooksAreNamed) {
  const SourceStatus status = source_->Status();
  const auto some = [&](std::string_view name) {
    return std::ranges::any_of(status.hooks, [&](const std::string& hook) {
      return hook.find(name) != std::string::npos;
    });
  };
  for (const char* name : {"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"})
    EXPECT_TRUE(some(name)) << name;
  EXPECT_TRUE(some("mem_open") || some("sys_exit_openat"));
}

}  // namespace
}  // namespace pidigree
