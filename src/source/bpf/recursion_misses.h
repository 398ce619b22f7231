#pragma once

#include <cstdint>

struct bpf_program;

namespace pidigree {

// How often the kernel skipped a loaded program since one like it was running on the same CPU.
// Stays 0 on kernels before 5.12, which do not skip.
uint64_t RecursionMisses(const bpf_program& program);

}  // namespace pidigree
