#pragma once

#include <cstdint>

#include "src/event/kernel_actor.h"

namespace pidigree {

enum class KernelImageAction : uint8_t {
  kMapped,    // executable: the first time since the process's last exec
  kReplaced,  // prctl(2) made it what /proc/PID/exe says, instead of what really runs
};

// A process and a file with code that was not part of its exec.
struct KernelImage {
  KernelActor actor;
  KernelImageAction action{};
  KernelPath path;
  KernelExecutable file;
};

}  // namespace pidigree
