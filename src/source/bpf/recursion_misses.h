#pragma once

#include <cstdint>

struct bpf_object;

namespace pidigree {

// How often the kernel skipped a program of a loaded object since one like it was running on the
// same CPU. Stays 0 on kernels before 5.12, which do not skip.
uint64_t RecursionMisses(const bpf_object& object);

}  // namespace pidigree
