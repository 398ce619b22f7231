#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/base/unique_fd.h"

namespace pidigree {

// The file system that describes tracepoints, wherever it is mounted; where it is not, a mount of
// our own that nobody else sees.
class TraceFs {
 public:
  // To be made while there is CAP_SYS_ADMIN. Never fails: what cannot be opened has nothing.
  TraceFs();

  // Whether the kernel has `path`, such as "available_filter_functions". Without the file system
  // nobody can tell, and everything is said to be there.
  bool Has(const std::string& path) const;

  bool HasEvent(std::string_view tracepoint) const {
    return Has("events/" + std::string(tracepoint));
  }

  // A perf event of the tracepoint "syscalls/sys_exit_openat", to attach a program to.
  Result<UniqueFd> OpenEvent(std::string_view tracepoint) const;

 private:
  UniqueFd root_;
};

}  // namespace pidigree
