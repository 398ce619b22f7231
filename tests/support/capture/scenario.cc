// Does in a known order what processes do on a Linux host, while auditd records it: every way to
// make, replace and end a process that a log shows differently. The processes write what they are
// to the truth file (truth.h).
//
//   capture_scenario DIR [--no-reuse] [--rotate PID]
//
// DIR holds the programs `witness` and `i386` and the scripts. --no-reuse leaves out giving a
// number of a dead process to a new one out of turn. --rotate makes auditd begin a new file
// halfway. Runs as root, for the namespaces and the chosen numbers.
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/capture/truth.h"

namespace pidigree::capture {
namespace {

using Arguments = std::vector<std::string>;
using Body = std::function<void()>;

std::string g_directory;

std::string Witness() { return g_directory + "/witness"; }

std::vector<char*> Pointers(const Arguments& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.data()));
  pointers.push_back(nullptr);
  return pointers;
}

void SetRole(const std::string& role) { setenv("TRUTH_ROLE", role.c_str(), 1); }

// Replaces this process by the witness.
[[noreturn]] void Exec(const std::string& role, const Arguments& arguments) {
  SetRole(role);
  execv(Witness().c_str(), Pointers(arguments).data());
  Die(Witness());
}

// A pipe on which one side waits until every process of the other side has closed it or is dead.
class Gate {
 public:
  explicit Gate(int flags = O_CLOEXEC) {
    if (pipe2(ends_, flags) != 0) Die("pipe2");
  }
  ~Gate() {
    close(ends_[0]);
    Open();
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  int OtherSide() const { return ends_[1]; }
  void Open() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  void Await() {
    Open();
    char byte;
    while (read(ends_[0], &byte, 1) < 0 && errno == EINTR) {
    }
  }

 private:
  int ends_[2];
};

// Hands the number of a process to another process.
class Handover {
 public:
  Handover() {
    if (pipe2(ends_, O_CLOEXEC) != 0) Die("pipe2");
  }
  ~Handover() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  void Give(pid_t number) {
    if (write(ends_[1], &number, sizeof number) != sizeof number) Die("write");
  }
  pid_t Take() {
    pid_t number = 0;
    if (read(ends_[0], &number, sizeof number) != sizeof number) Die("read");
    return number;
  }

 private:
  int ends_[2];
};

// Makes a process by `create`, which returns like fork(2). It reports itself while its creator
// waits, then runs `body` and ends with status 0.
pid_t Create(const std::string& role, const std::function<pid_t()>& create, const Body& body) {
  Gate reported;
  const pid_t pid = create();
  if (pid < 0) Die("cannot create " + role);
  if (pid == 0) {
    Report("born", role, "self", Creator::kParent);
    reported.Open();
    body();
    _exit(0);
  }
  reported.Await();
  return pid;
}

pid_t Fork(const std::string& role, const Body& body) { return Create(role, fork, body); }

void Wait(const std::string& role, pid_t pid) {
  const Identity identity = Identify(std::to_string(pid));
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) Die("waitpid " + role);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kFailed) Die(role + " failed");
  ReportEnd(role, identity, status);
}

// In an inner PID namespace the numbers that wait returns are not those of the truth.
void WaitUnreported(pid_t pid) {
  if (waitpid(pid, nullptr, 0) != pid) Die("waitpid");
}

void ForkAndWait(const std::string& role, const Body& body) { Wait(role, Fork(role, body)); }

// ---- one program after another ------------------------------------------------------------------

void WaysToStartAProgram() {
  ForkAndWait("fork-exec", [] { Exec("fork-exec", {"witness", "by", "fork"}); });
  ForkAndWait("fork-only", [] { _exit(3); });
  ForkAndWait("raw-exit", [] {
    setenv("TRUTH_DO", "exit", 1);
    Exec("raw-exit", {"witness", "ends by exit(2)"});
  });

  SetRole("vforked");
  const Arguments by_vfork = {"witness", "by", "vfork"};
  const std::string path = Witness();
  const std::vector<char*> argv = Pointers(by_vfork);
  pid_t pid = vfork();
  if (pid == 0) {
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  Wait("vforked", pid);

  SetRole("spawned");
  const Arguments by_spawn = {"witness", "by", "posix_spawn"};
  if (posix_spawn(&pid, path.c_str(), nullptr, nullptr, Pointers(by_spawn).data(), environ) != 0)
    Die("posix_spawn");
  Wait("spawned", pid);

  ForkAndWait("chain", [] {
    setenv("TRUTH_DO", "chain", 1);
    Exec("chain", {"chain", "first link"});
  });
  ForkAndWait("failed-exec", [] {
    char* const nothing[] = {nullptr};
    execv("/nonexistent/program", nothing);
    execv("/etc/passwd", nothing);
    execv("/", nothing);
    Exec("failed-exec", {"witness", "after failures"});
  });
  ForkAndWait("other-user", [] {
    if (setgid(65534) != 0 || setuid(65534) != 0) Die("setuid");
    Exec("other-user", {"witness", "as another user"});
  });
}

// The parent sees its child stop, and wait4 returns the child's number though it lives on.
void WaitThroughAStop() {
  const pid_t pid = Fork("stop-and-go", [] {
    std::raise(SIGSTOP);
    Exec("stop-and-go", {"witness", "was stopped"});
  });
  if (waitpid(pid, nullptr, WUNTRACED) != pid) Die("waitpid");
  kill(pid, SIGCONT);
  Wait("stop-and-go", pid);
}

void StrangeArguments() {
  struct Case {
    const char* role;
    Arguments arguments;
  };
  const Case kCases[] = {
      {"newlines", {"witness", "two\nlines", "tab\there", "return\r"}},
      {"quotes", {"witness", "\"double\"", "'single'", "`back`", "a0=\"x\" a1=\"y\""}},
      {"utf8", {"witness", "grün", "日本語", "🦀"}},
      {"broken-utf8", {"witness", "\xff\xfe", "cut \xe6\x97", "\xc0\xaf", "\xed\xa0\x80"}},
      {"control", {"witness", "\x01\x02\x1b[31mred\x1b[0m\x7f", "\x1d"}},
      {"empty", {"witness", "", "", "after two empty ones", ""}},
      {"empty-name", {"", "the program's name is empty"}},
      {"looks-like-hex", {"witness", "4142", "DEADBEEF", "(null)"}},
      {"looks-like-a-record",
       {"witness", "\ntype=SYSCALL msg=audit(1.000:1): pid=1 comm=\"init\"", "a1[0]=4142"}},
      {"markup", {"witness", "<Event>&amp;</Event>", "]]>", "&#10;"}},
      {"blanks", {"witness", " ", "  two  ", "trailing "}},
      {"no-arguments", {}},
  };
  for (const Case& of : kCases) {
    ForkAndWait(of.role, [&] { Exec(of.role, of.arguments); });
  }
}

void LongArguments() {
  ForkAndWait("long-plain", [] { Exec("long-plain", {"witness", std::string(9000, 'p'), "end"}); });
  ForkAndWait("long-utf8", [] {
    std::string text = "x";  // an odd start, so that records are cut inside of characters
    while (text.size() < 12000) text += "ä€";
    Exec("long-utf8", {"witness", text, "end"});
  });
  ForkAndWait("many", [] {
    Arguments arguments = {"witness"};
    for (int i = 0; i < 1500; ++i) arguments.push_back("argument-" + std::to_string(i));
    Exec("many", arguments);
  });
  ForkAndWait("just-one-record", [] {
    Exec("just-one-record", {"witness", std::string(7400, 'q')});
  });
}

// ---- parents that leave -------------------------------------------------------------------------

// A daemon as in the old books: the middle process ends at once, init or a subreaper adopts.
void Daemon(const std::string& role) {
  Gate ended(0);
  const pid_t middle = Fork(role + "-middle", [&] {
    const pid_t creator = getpid();
    Fork(role, [&] {
      setsid();
      while (getppid() == creator) std::this_thread::yield();
      // Its own children must still name it, whoever its parent is by now.
      ForkAndWait(role + "-worker", [&] { Exec(role + "-worker", {"witness", role, "worker"}); });
      setenv("TRUTH_ORPHAN", "1", 1);
      Exec(role, {"witness", role, "itself"});
    });
    _exit(0);
  });
  Wait(role + "-middle", middle);
  ended.Await();
}

void Subreaper() {
  ForkAndWait("subreaper", [] {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Daemon("adopted");
    while (wait(nullptr) > 0) {
    }
  });
}

void CloneParent() {
  Gate creator_reported;
  Handover sibling;
  ForkAndWait("clone-parent-creator", [&] {
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) {
      creator_reported.Await();
      setenv("TRUTH_ORPHAN", "1", 1);
      Exec("clone-parent", {"witness", "my parent did not make me"});
    }
    Report("born", "clone-parent", std::to_string(pid), Creator::kCaller);
    sibling.Give(static_cast<pid_t>(pid));
  });
  creator_reported.Open();
  Wait("clone-parent", sibling.Take());
}

void IgnoredChild() {
  ForkAndWait("ignores-children", [] {
    std::signal(SIGCHLD, SIG_IGN);
    Fork("ignored", [] { Exec("ignored", {"witness", "nobody waits for me"}); });
    while (wait(nullptr) > 0) {  // fails once the child is gone, and never returns its number
    }
  });
}

// ---- threads ------------------------------------------------------------------------------------

void Threads() {
  ForkAndWait("threads", [] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([i] {
        const std::string role = "child-of-thread-" + std::to_string(i);
        ForkAndWait(role, [&] { Exec(role, {"witness", role}); });
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  ForkAndWait("exec-in-thread", [] {
    std::thread([] {
      Exec("exec-in-thread", {"witness", "a thread became the process"});
    }).detach();
    pause();
  });
  // The first thread leaves by exit(2); the process lives until its last thread.
  ForkAndWait("leader-leaves", [] {
    std::thread([] {
      ForkAndWait("child-without-leader", [] {
        Exec("child-without-leader", {"witness", "late"});
      });
    }).detach();
    pthread_exit(nullptr);
  });
}

// ---- deaths -------------------------------------------------------------------------------------

void Deaths() {
  struct Death {
    const char* role;
    int signal;
  };
  for (const Death& death :
       {Death{"killed", SIGKILL}, Death{"terminated", SIGTERM}, Death{"hung-up", SIGHUP}}) {
    Gate waiting(0);
    const pid_t pid = Fork(death.role, [&] {
      setenv("TRUTH_DO", ("pause " + std::to_string(waiting.OtherSide())).c_str(), 1);
      Exec(death.role, {"witness", "waits for a signal"});
    });
    waiting.Await();
    kill(pid, death.signal);
    Wait(death.role, pid);
  }
  ForkAndWait("segv", [] {
    setenv("TRUTH_DO", "segv", 1);
    Exec("segv", {"witness", "segmentation fault"});
  });
  ForkAndWait("abort", [] {
    setenv("TRUTH_DO", "abort", 1);
    Exec("abort", {"witness", "abort"});
  });
  ForkAndWait("fork-only-killed", [] { kill(getpid(), SIGKILL); });
}

// ---- files that are not there -------------------------------------------------------------------

std::string CopyOfWitness(const std::string& name) {
  const std::string copy = g_directory + "/" + name;
  std::filesystem::copy_file(Witness(), copy, std::filesystem::copy_options::overwrite_existing);
  return copy;
}

void UnusualExecutables() {
  ForkAndWait("memfd", [] {
    const int memory = memfd_create("in memory", MFD_CLOEXEC);
    const int file = open(Witness().c_str(), O_RDONLY | O_CLOEXEC);
    std::vector<char> bytes(std::filesystem::file_size(Witness()));
    if (read(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        write(memory, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      Die("memfd");
    SetRole("memfd");
    const Arguments arguments = {"witness", "without a file"};
    fexecve(memory, Pointers(arguments).data(), environ);
    Die("fexecve");
  });
  ForkAndWait("unlinked", [] {
    const std::string copy = CopyOfWitness("removed");
    const int file = open(copy.c_str(), O_RDONLY | O_CLOEXEC);
    std::filesystem::remove(copy);
    SetRole("unlinked");
    const Arguments arguments = {"witness", "file is gone"};
    fexecve(file, Pointers(arguments).data(), environ);
    Die("fexecve");
  });
  ForkAndWait("odd-file-name", [] {
    const std::string copy = CopyOfWitness("name with blanks (deleted)");
    SetRole("odd-file-name");
    const Arguments arguments = {"witness", "not deleted at all"};
    execv(copy.c_str(), Pointers(arguments).data());
    Die(copy);
  });
}

// ---- PID namespaces -----------------------------------------------------------------------------

void InnerNamespace() {
  ForkAndWait("ns-creator", [] {
    Gate stop;
    Handover init_number;
    const pid_t joiner = Fork("ns-joiner", [&] {
      const int handle = static_cast<int>(syscall(SYS_pidfd_open, init_number.Take(), 0));
      if (handle < 0 || setns(handle, CLONE_NEWPID) != 0) Die("setns");
      ForkAndWait("ns-joined", [] { Exec("ns-joined", {"witness", "came in by setns"}); });
    });
    if (unshare(CLONE_NEWPID) != 0) Die("unshare");
    const pid_t init = Fork("ns-init", [&] {
      stop.Open();
      WaitUnreported(Fork("ns-child", [] { Exec("ns-child", {"witness", "inside"}); }));
      WaitUnreported(Fork("ns-middle", [] {
        Fork("ns-orphan", [] {
          setenv("TRUTH_ORPHAN", "1", 1);
          Exec("ns-orphan", {"witness", "adopted inside"});
        });
      }));
      wait(nullptr);  // ns-orphan
      WaitUnreported(Fork("ns-second", [] { Exec("ns-second", {"witness", "inside, later"}); }));
      const pid_t victim = Fork("ns-victim", [] { pause(); });
      kill(victim, SIGKILL);
      WaitUnreported(victim);
      // Dies with its init, and no record tells.
      Fork("ns-member", [] { pause(); });
      stop.Await();
    });
    init_number.Give(init);
    Wait("ns-joiner", joiner);
    stop.Open();
    Wait("ns-init", init);
  });
}

// ---- numbers that come again --------------------------------------------------------------------

pid_t CloneWithNumber(pid_t number) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uint64_t>(&number);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

// Until the clock by which processes are told apart has moved on.
void AwaitNextTick() { std::this_thread::sleep_for(std::chrono::milliseconds(40)); }

void ReusedNumbers() {
  const pid_t number = Fork("first-of-number", [] {
    Exec("first-of-number", {"witness", "first"});
  });
  Wait("first-of-number", number);
  AwaitNextTick();
  Wait("second-of-number",
       Create(
           "second-of-number", [&] { return CloneWithNumber(number); },
           [] {
             ForkAndWait("child-of-second", [] { Exec("child-of-second", {"witness", "child"}); });
           }));
  AwaitNextTick();
  ForkAndWait("parent-of-third", [&] {
    Wait("third-of-number", Create(
                                "third-of-number", [&] { return CloneWithNumber(number); },
                                [] {
                                  Exec("third-of-number", {"witness", "first"});
                                }));
  });
  AwaitNextTick();
  const pid_t killed = Create(
      "fourth-of-number", [&] { return CloneWithNumber(number); }, [] { pause(); });
  kill(killed, SIGKILL);
  Wait("fourth-of-number", killed);
  AwaitNextTick();
  Wait("fifth-of-number", Create(
                              "fifth-of-number", [&] { return CloneWithNumber(number); },
                              [] {
                                Exec("fifth-of-number", {"witness", "first"});
                              }));
}

// ---- other programs -----------------------------------------------------------------------------

void Scripts() {
  for (const char* name : {"pipelines.sh", "nested.sh", "tools.sh", "users.sh"}) {
    const std::string path = g_directory + "/" + name;
    ForkAndWait(name, [&] {
      const Arguments arguments = {path, "argument of script"};
      execv(path.c_str(), Pointers(arguments).data());
      Die(path);
    });
  }
  SetRole("by-system");
  setenv("TRUTH_PARENT", "shell-of-system", 1);
  if (std::system("\"$WITNESS\" by system; :") != 0) Die("system");
  unsetenv("TRUTH_PARENT");
}

void Program32() {
  const std::string path = g_directory + "/i386";
  if (!std::filesystem::exists(path)) return;
  ForkAndWait("i386", [&] {
    SetRole("child-of-i386");
    setenv("TRUTH_PARENT", "i386", 1);
    const Arguments arguments = {"i386", Witness(), "started by a 32-bit program"};
    execv(path.c_str(), Pointers(arguments).data());
    Die(path);
  });
}

}  // namespace

int Run(const Arguments& arguments) {
  if (arguments.empty()) {
    dprintf(STDERR_FILENO, "usage: capture_scenario DIR [--no-reuse] [--rotate PID]\n");
    return 2;
  }
  g_directory = arguments[0];
  setenv("WITNESS", Witness().c_str(), 1);
  bool reuse = true;
  pid_t auditd = 0;
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--no-reuse") reuse = false;
    if (arguments[i] == "--rotate" && i + 1 < arguments.size()) auditd = std::stoi(arguments[++i]);
  }
  Report("exec", "scenario", "self", Creator::kParent);

  WaysToStartAProgram();
  WaitThroughAStop();
  StrangeArguments();
  LongArguments();
  Daemon("daemon");
  Subreaper();
  CloneParent();
  IgnoredChild();
  if (auditd != 0) kill(auditd, SIGUSR1);
  Threads();
  Deaths();
  UnusualExecutables();
  InnerNamespace();
  if (reuse) ReusedNumbers();
  Scripts();
  Program32();
  return 0;
}

}  // namespace pidigree::capture

int main(int argc, char** argv) { return pidigree::capture::Run({argv + 1, argv + argc}); }
