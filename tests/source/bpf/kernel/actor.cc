// What the tests start and watch. Linked statically and without sanitizers, so that it runs in a
// chroot, in a namespace and in a virtual machine, and so that a test may start it thousands of
// times.
//
//   actor [exit STATUS]
//   actor stat                  prints /proc/self/stat
//   actor chain TIMES           replaces itself by itself
//   actor vfork | spawn         starts itself, prints the child's number
//   actor thread-exec           replaces itself by itself from a second thread
//   actor thread-fork           forks in a second thread, prints the child's number
//   actor threads NUMBER        ends while so many threads live
//   actor leaderless            its first thread ends with status 3, the last one with status 5
//   actor crowd PROCESSES THREADS   processes whose threads all end at once
//   actor disguise FILE         makes FILE what /proc/self/exe says; status 77 if it may not
//   actor fork-chain LENGTH PROGRAM ARGUMENT...   forks, as does its child, and so on, each of
//   which
//                               ends at once; the last one runs the program
//   actor churn PROCESSES       makes processes that live for a moment, prints "." when it begins
//   actor busy DIRECTORY SELF OTHER NUMBER   does what it reads: busy_actor.h
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/source/bpf/kernel/busy_actor.h"

namespace {

extern "C" char** environ;

constexpr int kFailed = 125;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  _exit(kFailed);
}

// The file that runs, though it may have been unlinked or lie outside of the root directory.
constexpr const char* kSelf = "/proc/self/exe";

std::array<char*, 4> Argv(const char* first, const char* second) {
  return {const_cast<char*>("actor"), const_cast<char*>(first), const_cast<char*>(second), nullptr};
}

void Join(pid_t pid) {
  if (waitpid(pid, nullptr, 0) != pid) Die("waitpid");
}

int PrintStat() {
  std::ifstream file("/proc/self/stat");
  std::cout << file.rdbuf();
  return 0;
}

int Chain(int times) {
  if (times == 0) return 0;
  const std::string left = std::to_string(times - 1);
  execv(kSelf, Argv("chain", left.c_str()).data());
  Die("execv");
}

int Vfork() {
  auto argv = Argv("exit", "4");
  const pid_t child = vfork();
  if (child == 0) {
    execv(kSelf, argv.data());
    _exit(kFailed);
  }
  Join(child);
  std::cout << child << '\n';
  return 0;
}

int Spawn() {
  pid_t child = 0;
  if (posix_spawn(&child, kSelf, nullptr, nullptr, Argv("exit", "4").data(), environ) != 0)
    Die("posix_spawn");
  Join(child);
  std::cout << child << '\n';
  return 0;
}

int ExecInThread() {
  std::thread([] {
    execv(kSelf, Argv("exit", "6").data());
    Die("execv");
  }).join();
  return kFailed;
}

int ForkInThread() {
  std::thread([] {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    Join(child);
    std::cout << child << '\n';
  }).join();
  return 0;
}

// So many threads that only wait.
void StartThreads(int number) {
  for (int i = 0; i < number; ++i) {
    std::thread([] {
      for (;;) pause();
    }).detach();
  }
}

int EndWithThreads(int number) {
  StartThreads(number);
  return 0;
}

int Leaderless() {
  std::thread([] {
    // State Z of the leader; the process lives on.
    const std::string path = "/proc/self/task/" + std::to_string(getpid()) + "/stat";
    for (std::string stat; stat.find(") Z ") == std::string::npos;) {
      std::ifstream file(path);
      std::getline(file, stat);
    }
    const pid_t child = fork();
    if (child == 0) _exit(0);
    Join(child);
    syscall(SYS_exit, 5);
  }).detach();
  syscall(SYS_exit, 3);
  return kFailed;
}

// The threads of one process end by themselves, as much at the same time as can be.
void EndTogether(int threads) {
  std::atomic<int> ready = 0;
  for (int i = 0; i < threads; ++i) {
    std::thread([&ready, threads] {
      for (++ready; ready.load() <= threads;) sched_yield();
      syscall(SYS_exit, 0);
    }).detach();
  }
  for (++ready; ready.load() <= threads;) sched_yield();
  syscall(SYS_exit, 0);
}

int Crowd(int processes, int threads) {
  for (int i = 0; i < processes; ++i) {
    if (fork() == 0) EndTogether(threads);
  }
  while (wait(nullptr) > 0) {
  }
  return 0;
}

#ifdef __x86_64__
// A range of addresses.
struct Range {
  unsigned long start;
  unsigned long size;
};

[[gnu::always_inline]] inline long SystemCall(long number, unsigned long a, unsigned long b,
                                              unsigned long c) {
  long result;
  register unsigned long zero_r10 __asm__("r10") = 0;
  register unsigned long zero_r8 __asm__("r8") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(zero_r10), "r"(zero_r8)
                   : "rcx", "r11", "memory");
  return result;
}

// Runs from a copy outside of the program's file: that must not be mapped any more, prctl(2).
[[noreturn, gnu::section("disguise"), gnu::used]] void PutOnDisguise(const Range* ranges, int fd) {
  for (; ranges->size != 0; ++ranges) SystemCall(SYS_munmap, ranges->start, ranges->size, 0);
  const long result =
      SystemCall(SYS_prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, static_cast<unsigned long>(fd));
  for (;;) SystemCall(SYS_exit_group, result == 0 ? 0 : 77, 0, 0);
}
extern "C" const char __start_disguise[], __stop_disguise[];

int Disguise(const char* file) {
  const int fd = open(file, O_RDONLY);
  if (fd < 0) Die(file);
  std::array<char, 4096> self{};
  if (readlink(kSelf, self.data(), self.size() - 1) < 0) Die("readlink");
  std::array<Range, 16> ranges{};
  size_t count = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(self.data()) || count + 1 == ranges.size()) continue;
    Range& range = ranges[count++];
    if (std::sscanf(line.c_str(), "%lx-%lx", &range.start, &range.size) != 2) Die("maps");
    range.size -= range.start;
  }
  const auto size = static_cast<size_t>(__stop_disguise - __start_disguise);
  void* const copy =
      mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) Die("mmap");
  std::memcpy(copy, __start_disguise, size);
  reinterpret_cast<decltype(&PutOnDisguise)>(copy)(ranges.data(), fd);
  return kFailed;
}
#endif

int ForkChain(int length, char** program) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int i = 0; i < length; ++i) {
    const pid_t next = fork();
    if (next < 0) Die("fork");
    if (next == 0) continue;
    if (i > 0) _exit(0);
    while (wait(nullptr) > 0) {
    }
    return 0;
  }
  execv(program[0], program);
  Die(program[0]);
}

int Churn(int processes) {
  std::cout << '.' << std::flush;
  constexpr int kTogether = 20;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) Die("fork");
    if (child == 0) _exit(0);
    if (i >= kTogether) wait(nullptr);
  }
  while (wait(nullptr) > 0) {
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv, argv + argc);
  const auto number = [&](size_t at) { return at < words.size() ? std::atoi(argv[at]) : 0; };
  const std::string_view what = words.size() > 1 ? words[1] : "exit";
  if (what == "stat") return PrintStat();
  if (what == "chain") return Chain(number(2));
  if (what == "vfork") return Vfork();
  if (what == "spawn") return Spawn();
  if (what == "thread-exec") return ExecInThread();
  if (what == "thread-fork") return ForkInThread();
  if (what == "threads") return EndWithThreads(number(2));
  if (what == "leaderless") return Leaderless();
  if (what == "crowd") return Crowd(number(2), number(3));
#ifdef __x86_64__
  if (what == "disguise") return Disguise(argv[2]);
#endif
  if (what == "fork-chain" && argc > 3) return ForkChain(number(2), argv + 3);
  if (what == "churn") return Churn(number(2));
  if (what == "busy" && argc == 6) return RunBusy(argv[2], argv[3], argv[4], number(5));
  return what == "exit" ? number(2) : 0;
}
