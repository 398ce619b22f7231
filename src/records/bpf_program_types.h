#pragma once

#include <cstdint>
#include <string_view>

namespace pidigree {

// What linux/bpf.h calls the type of a BPF program, without BPF_PROG_TYPE_; empty if it is newer
// than this program.
std::string_view NameOfBpfProgramType(uint32_t type);

}  // namespace pidigree
