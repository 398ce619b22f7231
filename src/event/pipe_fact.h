#pragma once

#include <cstdint>

#include "schema/kernel_actions.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

enum class PipeAction : uint8_t {
  kCreated = ACTION_PIPE_CREATED,
  kConnected = ACTION_PIPE_CONNECTED,
};

// Something happened to a named object that processes speak through.
struct PipeFact {
  Subject subject;
  PipeAction action{};
  KernelPath path;
};

}  // namespace pidigree
