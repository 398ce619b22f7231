#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree::bench {

// Of make_exec_log, which describes them.
struct Options {
  uint64_t bytes = 0;
  uint64_t processes = 0;
  uint32_t pid_max = 32768;
  bool exec_only = false;
  bool proctitle = false;
  int64_t slower = 1;
  uint64_t seed = 1;
};

class Random {  // xorshift64*: the same numbers on every machine
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  uint64_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>((Next() >> 32) * limit >> 32); }
  bool Chance(uint32_t permille) { return Below(1000) < permille; }

 private:
  uint64_t state_;
};

enum class Act : uint8_t { kFork, kVfork, kExec, kExecScript, kWait, kExit };

constexpr uint32_t kShellProgram = ~0u;

struct Process {
  uint32_t pid = 0;
  uint32_t creator = 0;  // index
  uint32_t ppid = 0;
  uint32_t uid = 0;
  uint32_t session = 0;
  uint32_t children = 0;       // created and not collected
  uint32_t program = 0;        // of kPrograms; kShellProgram: a shell
  int32_t commands = 0;        // a shell: how many it still runs
  bool script = false;         // a shell of its own, not only forked from one
  bool vfork_pending = false;  // its creator waits for its exec
  bool waiting = false;        // in wait4
  bool alive = false;
  int64_t call_started = 0;   // of wait4 or vfork
  uint32_t forked = 0;        // index of the vfork child
  std::deque<uint32_t> dead;  // pids of children that can be collected
  std::deque<Act> plan;
  std::string title;  // as a PROCTITLE record has it
};

// Writes the events of processes to standard output, as auditd does.
class ExecLogWriter {
 public:
  explicit ExecLogWriter(const Options& options) : options_(options), random_(options.seed + 1) {}

  // Times are in microseconds since the start of the log: when the system call was entered.
  void Fork(const Process& process, uint32_t child, int64_t time, bool by_vfork);
  void Wait(const Process& process, uint32_t child, int64_t time);
  void Exit(const Process& process, int64_t time);
  void Exec(Process& process, int64_t time);

  uint64_t written_bytes() const { return written_; }
  void Finish();

 private:
  void Append(uint64_t number);
  void AppendText(std::string_view text);
  void NewEvent(int64_t time);
  void Begin(std::string_view type);
  void Syscall(const Process& process, int number, bool returns, uint32_t result,
               std::string_view arguments, int items, std::string_view key);
  void FillArguments(const Process& process);
  void ExecveRecords();
  void PathRecord(int item, std::string_view name);
  void SetTitle(Process& process);
  void EndEvent(const Process& process);
  void WriteOut();

  Options options_;
  Random random_;
  uint32_t serial_ = 1000;
  std::string stamp_;
  std::string event_;
  size_t first_record_ends_ = 0;
  std::string held_;  // of an event that another one interrupts
  std::string out_;
  uint64_t written_ = 0;
  std::vector<std::string> arguments_;  // of the program that is being started
};

}  // namespace pidigree::bench
