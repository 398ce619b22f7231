#pragma once

#include <cstdint>
#include <memory>

struct bpf_link;
struct bpf_object;

namespace pidigree {

struct BpfDeleter {
  void operator()(bpf_object* object) const;
  void operator()(bpf_link* link) const;  // detaches it
};
using BpfObject = std::unique_ptr<bpf_object, BpfDeleter>;
using BpfLink = std::unique_ptr<bpf_link, BpfDeleter>;

// How often the kernel skipped a program of a loaded object since one like it was running on the
// same CPU. Stays 0 on kernels before 5.12, which do not skip.
uint64_t RecursionMisses(const bpf_object& object);

}  // namespace pidigree
