#pragma once

#include "src/base/result.h"

namespace pidigree {

// Gives up, for good and for all threads made from now on, every capability but
//
//   CAP_BPF, CAP_PERFMON   attach programs when a reload asks for more, and look at all tasks again
//   CAP_NET_ADMIN          the same for programs that see packets
//   CAP_SYS_PTRACE         open /proc/PID/exe and /proc/PID/root of other users' processes
//   CAP_DAC_READ_SEARCH    read executables to hash, and a configuration, that others may not
//   CAP_SYSLOG             find where the kernel's memory begins, in /proc/kallsyms, for programs
//                          that look at the start of files
//
// and the right to gain any by exec. To be called while the process has one thread.
//
// Errors: as prctl(2) and capset(2) say.
Result<> DropPrivileges();

}  // namespace pidigree
