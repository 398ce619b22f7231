#pragma once

#include <cstdint>

#include "src/event/kernel_actor.h"

namespace pidigree {

enum class KernelPipeAction : uint8_t {
  kCreated,
  kConnected,
};

// Something happened to a named object that processes speak through.
struct KernelPipeEvent {
  KernelActor actor;
  KernelPipeAction action{};
  KernelPath path;
};

}  // namespace pidigree
