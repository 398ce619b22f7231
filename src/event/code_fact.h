#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

}  // namespace pidigree
