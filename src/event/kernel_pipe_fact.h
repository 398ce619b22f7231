#pragma once

#include <cstdint>

#include "schema/kernel_actions.h"
#include "src/event/kernel_actor.h"

namespace pidigree {

enum class KernelPipeAction : uint8_t {
  kCreated = ACTION_PIPE_CREATED,
  kConnected = ACTION_PIPE_CONNECTED,
};

// Something happened to a named object that processes speak through.
struct KernelPipeEvent {
  KernelActor actor;
  KernelPipeAction action{};
  KernelPath path;
};

}  // namespace pidigree
