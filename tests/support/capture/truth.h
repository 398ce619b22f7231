#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

// What really happened, written by the processes themselves while a log is captured. The source is
// /proc, never the log. It is the /proc of the initial PID namespace, so a process in an inner one
// is written with its outer number, too.
//
// The file that the environment variable TRUTH_FILE names gets one line for each report,
// tab-separated:
//   what    `born`: a process and who created it; `exec`: it runs a new program; `end`: it is dead
//   role    a name for the reader
//   pid     together with `start` this names one process
//   start   field 22 of /proc/PID/stat
//   ppid    its creator, `-` when this line does not know (the `born` line does then)
//   pstart  start of the creator
//   uid     real user id
//   detail  the arguments as /proc/PID/cmdline has them, each followed by a blank; `end`: `exit N`
//   or `signal N`
// In `detail` every byte of an argument that is not printable ASCII, or is a blank or a backslash,
// is written \xHH.
namespace pidigree::capture {

enum class Creator : uint8_t {
  kParent,   // the present parent is the creator
  kCaller,   // the reporting process is
  kUnknown,  // the creator may be dead, the present parent somebody else
};

struct Identity {
  pid_t pid = 0;
  pid_t ppid = 0;
  uint64_t start_ticks = 0;
};

// `process` is a number or "self", as a name in /proc. Ends the program with a message if the
// process is not there: a scenario with a hole in its truth is of no use.
Identity Identify(const std::string& process);

// One `write` to a file opened with O_APPEND, so lines of different processes do not mix.
void Report(const char* what, const std::string& role, const std::string& process, Creator creator);

// `wait_status` as waitpid(2) gave it.
void ReportEnd(const std::string& role, const Identity& identity, int wait_status);

constexpr int kFailed = 70;

// Prints `what` and errno, then ends the process with status kFailed.
[[noreturn]] void Die(const std::string& what);

}  // namespace pidigree::capture
