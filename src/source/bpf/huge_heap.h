#pragma once

#include <cstddef>

namespace pidigree {

// While it lives, malloc() on this thread takes large blocks from a heap of huge pages, instead of
// mapping each by itself, page by page. For libbpf, which needs the kernel's types twice for a
// moment, 5 MB each: thousands of page faults took half of the agent's start. At the end of its
// life the memory that is free again goes back to the kernel.
//
// Where huge pages are switched off it does nothing that shows. Not more than one at a time.
class HugeHeap {
 public:
  HugeHeap();
  ~HugeHeap();
  HugeHeap(const HugeHeap&) = delete;
  HugeHeap& operator=(const HugeHeap&) = delete;

 private:
  std::byte* begin_ = nullptr;  // of whole pages
  size_t bytes_ = 0;
};

}  // namespace pidigree
