#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "src/event/kernel_file.h"
#include "src/event/process_key.h"

namespace pidigree {

// What /proc tells of the program that a process runs. Texts are raw bytes.
struct ProcProgram {
  uint32_t ppid = 0;  // the present parent
  bool kernel_thread = false;
  std::string comm;
  std::string image;      // as KernelPath::text
  std::string arguments;  // argv, NULs between; or what the process wrote over it
  bool arguments_cut = false;
  std::string cwd;
  FileIdentity executable;
};

// Reads what `process` runs now; of one whose first thread has ended, what the others do. False if
// all have: whatever has its PID since is never taken for it. What cannot be read is empty. At most
// `max_arguments` bytes of argv are read.
bool ReadProcProgram(const std::string& proc_path, const ProcessKey& process, size_t max_arguments,
                     ProcProgram& program);

}  // namespace pidigree
