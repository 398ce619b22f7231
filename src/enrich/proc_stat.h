#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// The part of /proc/<pid>/stat that identifies a process.
struct ProcStat {
  uint32_t pid = 0;
  uint32_t ppid = 0;
  uint32_t flags = 0;        // PF_* of the kernel's include/linux/sched.h
  uint64_t start_ticks = 0;  // since boot, in units of sysconf(_SC_CLK_TCK)
  std::string_view comm;     // any bytes but NUL; views the parsed line
};

// Parses the single line of /proc/<pid>/stat.
//
// The kernel does not escape `comm`: it may hold spaces and ')', so it ends at the last ')' of the
// line.
//
// Errors: kCorrupt if a field is missing or not a decimal number.
// Source: proc(5), fields 1, 2, 4, 9 and 22.
Result<ProcStat> ParseProcStat(std::string_view line);

}  // namespace pidigree
