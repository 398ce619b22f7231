#pragma once

#include <cstdint>

#include "schema/kernel_actions.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

enum class ImageAction : uint8_t {
  kMapped = ACTION_IMAGE_MAPPED,  // executable: the first time since the process's last exec
  // prctl(2) made it what /proc/PID/exe says, instead of what really runs
  kReplaced = ACTION_IMAGE_REPLACED,
};

// A process and a file with code that was not part of its exec.
struct ImageFact {
  Subject subject;
  ImageAction action{};
  KernelPath path;
  FileIdentity file;
};

}  // namespace pidigree
