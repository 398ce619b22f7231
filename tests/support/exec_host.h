#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pidigree {

// A host whose rules log execve and, if `others`, openat: shells and daemons that live for many
// laps of the numbers, their jobs, and subshells that never call exec.
//
// It is a world of its own beside SimulateHistory(): what it knows of kernels is that the next free
// number is given to the next process, from 300 again at the end, and that orphans go to pid 1.
struct ExecHostOptions {
  uint64_t seed = 1;
  uint32_t pid_max = 32768;
  uint32_t execs = 10'000;
  bool others = false;  // as many records of openat as of execve
};

// An exec in the order of the log. Processes are counted from 0, which is pid 1.
struct TrueExec {
  uint32_t process = 0;
  uint32_t parent = 0;  // whom ppid= means in its record
};

struct ExecHostLog {
  std::string text;
  std::vector<TrueExec> execs;
};

ExecHostLog SimulateExecHost(const ExecHostOptions& options);

}  // namespace pidigree
