#pragma once

#include <cstdint>

#include "src/event/kernel_fact.h"

namespace pidigree {

// Who did what a fact tells, and when. The first member of each such fact.
struct KernelActor {
  uint64_t time_ns = 0;
  KernelProcess process;
  uint32_t uid = kUnset;  // real, at that moment
  uint32_t mount_namespace = 0;
  uint64_t program = 0;  // grows with each exec of the process; 0: not known
};

}  // namespace pidigree
