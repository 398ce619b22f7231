#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/kernel_actions.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

// A module was accepted by the kernel and is about to run.
struct ModuleFact {
  Subject subject;
  std::string_view name;
  KernelPath path;                      // empty: it was loaded from memory, init_module(2)
  FileIdentity file;                    // likewise inode 0
  std::optional<bool> valid_signature;  // absent: this kernel does not look for signatures
};

// bpf(2) loaded a program.
struct BpfProgramFact {
  Subject subject;
  uint32_t id = 0;
  uint32_t type = 0;  // enum bpf_prog_type of linux/bpf.h
  std::string_view name;
};

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
