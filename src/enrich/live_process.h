#pragma once

#include <cstdint>
#include <string>

#include "src/base/result.h"
#include "src/event/guid.h"

namespace pidigree {

// A process of this host that is alive.
struct LiveProcess {
  Guid guid;
  std::string comm;  // raw bytes
};

// Where the kernel and the system say who they are; tests have their own.
struct HostPaths {
  std::string proc = "/proc";
  std::string machine_id = "/etc/machine-id";
};

// Whether this process sees the PIDs and start times that GUIDs are made of: it must be in the
// initial PID namespace, and its time namespace must not shift the boot time.
//
// Errors: kUnsupported with the reason; as ReadFile() if /proc does not tell.
// Source: pid_namespaces(7), time_namespaces(7); PROC_PID_INIT_INO of linux/proc_ns.h.
Result<> CheckNamespacesForGuids(const HostPaths& host = {});

// The process `pid` and the identity that everybody gives it who reads /proc (src/event/guid.h).
//
// Errors: those of CheckNamespacesForGuids(); kNotFound if there is no such process, kUnsupported,
// naming its process, if `pid` is a thread other than the first; kCorrupt.
Result<LiveProcess> FindLiveProcess(uint32_t pid, const HostPaths& host = {});

}  // namespace pidigree
