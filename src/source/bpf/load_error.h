#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// What decides whether BPF programs can be loaded here.
struct LoadSurroundings {
  std::string kernel_release;  // uname -r
  bool has_btf = false;        // /sys/kernel/btf/vmlinux can be read
  bool confidential = false;   // kernel lockdown is "confidentiality"
  uint64_t capabilities = 0;   // effective, as the bits of linux/capability.h
};

LoadSurroundings ReadLoadSurroundings();

// Why loading failed with `error_number`, and what would help. `log` is what libbpf said: its last
// line is added where nothing better is known.
Error ExplainLoadFailure(int error_number, const LoadSurroundings& surroundings,
                         std::string_view log);

// What the verifier had against a program, or libbpf against an object, of all that `log` holds:
// one line; empty if there is nothing.
std::string_view ComplaintOf(std::string_view log);

}  // namespace pidigree
