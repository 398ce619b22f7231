// Writes to standard output the audit log of a busy host, as auditd would with the rules of
// packaging/audit/: shells, builds and scripts that start programs at about 2,000 a second.
//
//   --megabytes N, --processes N  ends when both are reached (default: 200 megabytes)
//   --pid-max N                   PIDs begin anew there (default: 32768)
//   --exec-only                   as with the minimal rules
//   --proctitle                   as without the rule that excludes PROCTITLE
//   --slower N                    everything takes N times as long: readers that keep each event
//   for
//                                 two seconds, as ausearch does, are quick only with few events
//   --seed N                      the same options give the same bytes
//
// Events are those of a simulation: a process exists, so its creator, its program, its end and the
// reuse of its PID after a wrap are consistent; records of events that happen at the same time
// interleave as on two CPUs; a program started by vfork is recorded before the vfork.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iterator>
#include <queue>
#include <string_view>
#include <vector>

#include "bench/exec_log_programs.h"
#include "bench/exec_log_writer.h"

namespace pidigree::bench {
namespace {

constexpr int64_t kMillisecond = 1000;   // times are in microseconds
constexpr uint32_t kReservedPids = 300;  // never given again after a wrap
constexpr uint32_t kShells = 30;
constexpr uint32_t kUsers[] = {0, 33,
                               34};  // users of every Debian: names are looked up by some tools
constexpr int kCommandsOfShell = 2000;

struct Turn {
  int64_t time;
  uint64_t order;
  uint32_t process;
  bool operator>(const Turn& other) const {
    return time != other.time ? time > other.time : order > other.order;
  }
};

class Host {
 public:
  explicit Host(const Options& options)
      : options_(options), random_(options.seed), writer_(options) {
    for (const Program& program : kPrograms) {
      for (int i = 0; i < program.weight; ++i) {
        lottery_.push_back(static_cast<uint32_t>(&program - kPrograms));
      }
    }
    pid_in_use_.resize(options.pid_max);
    next_pid_ = kReservedPids + random_.Below(options.pid_max - kReservedPids);
  }

  void Run() {
    for (uint32_t i = 0; i < kShells; ++i) {
      const uint32_t shell = NewProcess(0, 1, kUsers[i % std::size(kUsers)]);
      processes_[shell].session = i + 1;
      BecomeShell(processes_[shell], kCommandsOfShell);
      Schedule(shell, random_.Below(30 * kMillisecond));
    }
    while (writer_.written_bytes() < options_.bytes || created_ < options_.processes) {
      const Turn turn = turns_.top();
      turns_.pop();
      now_ = turn.time;
      Step(turn.process);
    }
    writer_.Finish();
  }

 private:
  // ---- processes --------------------------------------------------------------------------------

  uint32_t NewPid() {
    do {
      if (++next_pid_ >= options_.pid_max) next_pid_ = kReservedPids;
    } while (pid_in_use_[next_pid_]);
    pid_in_use_[next_pid_] = true;
    return next_pid_;
  }

  uint32_t NewProcess(uint32_t creator, uint32_t ppid, uint32_t uid) {
    uint32_t index = 0;
    if (free_.empty()) {
      index = static_cast<uint32_t>(processes_.size());
      processes_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Process& process = processes_[index];
    process = Process{};
    process.pid = NewPid();
    process.creator = creator;
    process.ppid = ppid;
    process.uid = uid;
    process.alive = true;
    process.program = kShellProgram;
    ++created_;
    return index;
  }

  void BecomeShell(Process& process, int commands) {
    process.program = kShellProgram;
    process.script = true;
    if (process.title.empty()) process.title = "\"-bash\"";
    process.commands = commands;
  }

  void Schedule(uint32_t process, int64_t delay) { turns_.push({now_ + delay, ++order_, process}); }

  // What a shell does next.
  void PlanCommand(Process& shell) {
    --shell.commands;
    const uint32_t kind = random_.Below(100);
    if (kind < 45) {
      shell.plan = {Act::kVfork, Act::kWait};
    } else if (kind < 85) {
      shell.plan = {Act::kFork, Act::kWait};
    } else {  // a pipeline
      shell.plan = {Act::kFork, Act::kFork, Act::kWait, Act::kWait};
    }
  }

  void PlanChild(Process& child, bool by_vfork) {
    const uint32_t kind = random_.Below(100);
    if (by_vfork || kind < 70) {
      child.plan = {Act::kExec, Act::kExit};
    } else if (kind < 78) {  // env, nice, sh -c: one program after another
      child.plan = {Act::kExec, Act::kExec, Act::kExit};
    } else if (kind < 88) {  // a subshell, which never calls exec
      child.commands = 1 + static_cast<int>(random_.Below(3));
    } else if (kind < 93) {  // a script
      child.plan = {Act::kExecScript};
      child.commands = 2 + static_cast<int>(random_.Below(8));
    } else if (kind < 95) {  // a daemon's middle: the daemon loses its creator
      child.plan = {Act::kFork, Act::kExit};
    } else {  // a builtin in a pipeline
      child.plan = {Act::kExit};
    }
  }

  void Step(uint32_t index) {
    Process& process = processes_[index];
    if (process.forked != 0) {  // its vfork child has left: the call returns
      writer_.Fork(process, processes_[process.forked].pid, process.call_started, true);
      process.forked = 0;
      return Schedule(index, 100);
    }
    if (process.waiting) {
      writer_.Wait(process, process.dead.front(), process.call_started);
      pid_in_use_[process.dead.front()] = false;
      process.dead.pop_front();
      --process.children;
      process.waiting = false;
      return Schedule(index, 200 + random_.Below(2000));
    }
    if (process.plan.empty()) {
      if (process.commands > 0) {
        PlanCommand(process);
      } else {
        process.plan = {Act::kExit};
      }
    }
    const Act act = process.plan.front();
    process.plan.pop_front();
    switch (act) {
      case Act::kFork:
      case Act::kVfork:
        return Fork(index, act == Act::kVfork);
      case Act::kExec:
        process.program = lottery_[random_.Below(static_cast<uint32_t>(lottery_.size()))];
        Exec(index);
        return Schedule(index, 500 + random_.Below(30 * kMillisecond));
      case Act::kExecScript:
        BecomeShell(process, process.commands);
        Exec(index);
        return Schedule(index, 2000);
      case Act::kWait:
        process.waiting = true;
        process.call_started = now_;
        if (!process.dead.empty()) Schedule(index, 20);
        return;
      case Act::kExit:
        return Exit(index);
    }
  }

  void Fork(uint32_t index, bool by_vfork) {
    const uint32_t child = NewProcess(index, processes_[index].pid, processes_[index].uid);
    Process& parent = processes_[index];
    ++parent.children;
    processes_[child].session = parent.session;
    processes_[child].title = parent.title;
    PlanChild(processes_[child], by_vfork);
    if (by_vfork) {
      processes_[child].vfork_pending = true;
      parent.call_started = now_;
      parent.forked = child;
    } else {
      writer_.Fork(parent, processes_[child].pid, now_, false);
      Schedule(index, 150);
    }
    Schedule(child, 120 + random_.Below(400));
  }

  void Exec(uint32_t index) {
    Process& process = processes_[index];
    writer_.Exec(process, now_);
    if (process.vfork_pending) {
      process.vfork_pending = false;
      Schedule(process.creator, 30);
    }
  }

  void Exit(uint32_t index) {
    Process& process = processes_[index];
    writer_.Exit(process, now_);
    for (Process& other : processes_) {
      if (process.children == 0) break;
      if (other.alive && other.creator == index && other.ppid == process.pid) {
        other.ppid = 1;
        --process.children;
      }
    }
    for (const uint32_t pid : process.dead) pid_in_use_[pid] = false;
    Process& parent = processes_[process.creator];
    const bool has_parent = process.ppid != 1 && parent.pid == process.ppid;
    if (has_parent) {
      parent.dead.push_back(process.pid);
      if (parent.waiting && parent.dead.size() == 1) Schedule(process.creator, 40);
    } else {
      pid_in_use_[process.pid] = false;
    }
    if (process.script && process.creator == 0) {  // a login shell: the next user comes
      const uint32_t session = process.session + kShells;
      const uint32_t uid = process.uid;
      process.alive = false;
      const uint32_t shell = NewProcess(0, 1, uid);
      processes_[shell].session = session;
      processes_[shell].plan = {Act::kExecScript};
      processes_[shell].commands = kCommandsOfShell;
      Schedule(shell, 1000);
    }
    process.alive = false;
    free_.push_back(index);
  }

  Options options_;
  Random random_;
  ExecLogWriter writer_;
  std::vector<uint32_t> lottery_;
  std::deque<Process> processes_{1};  // 0: the world before the log; references stay valid
  std::vector<uint32_t> free_;
  std::vector<bool> pid_in_use_;
  uint32_t next_pid_ = 0;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  int64_t now_ = 0;
  uint64_t order_ = 0;
  uint64_t created_ = 0;
};

bool ParseOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--exec-only") {
      options.exec_only = true;
    } else if (name == "--proctitle") {
      options.proctitle = true;
    } else if (i + 1 == argc) {
      return false;
    } else {
      const uint64_t value = std::strtoull(argv[++i], nullptr, 10);
      if (name == "--megabytes") {
        options.bytes = value * 1'000'000;
      } else if (name == "--processes") {
        options.processes = value;
      } else if (name == "--pid-max") {
        options.pid_max = static_cast<uint32_t>(value);
      } else if (name == "--slower") {
        options.slower = static_cast<int64_t>(value);
      } else if (name == "--seed") {
        options.seed = value;
      } else {
        return false;
      }
    }
  }
  if (options.bytes == 0 && options.processes == 0) options.bytes = 200'000'000;
  return options.pid_max > 2 * kReservedPids;
}

}  // namespace
}  // namespace pidigree::bench

int main(int argc, char** argv) {
  pidigree::bench::Options options;
  if (!pidigree::bench::ParseOptions(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: make_exec_log [--megabytes N] [--processes N] [--pid-max N] [--seed N]\n"
                 "                     [--exec-only] [--proctitle] [--slower N]\n");
    return 2;
  }
  pidigree::bench::Host(options).Run();
}
