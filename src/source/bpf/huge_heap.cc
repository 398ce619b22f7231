#include "src/source/bpf/huge_heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace pidigree {
namespace {

constexpr int kRoom = 16 << 20;

// Blocks that are mapped by themselves and given back at once, later. glibc sets that to the
// largest block that was given back so far, but not any more after anybody else has set it.
constexpr int kLaterThreshold = 4 << 20;

void SetThresholds(int mapped) {
  mallopt(M_MMAP_THRESHOLD, mapped);
  mallopt(M_TRIM_THRESHOLD, 2 * mapped);
}

}  // namespace

HugeHeap::HugeHeap() {
  SetThresholds(2 * kRoom);
  void* const room = std::malloc(size_t{kRoom});
  if (room == nullptr) return;
  void* aligned = room;
  size_t left = kRoom;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (std::align(page, page, aligned, left) != nullptr) {
    begin_ = static_cast<std::byte*>(aligned);
    bytes_ = left / page * page;
    madvise(begin_, bytes_, MADV_HUGEPAGE);
  }
  std::free(room);
}

HugeHeap::~HugeHeap() {
  // What stays in use there must not grow to huge pages again.
  if (bytes_ > 0) madvise(begin_, bytes_, MADV_NOHUGEPAGE);
  SetThresholds(kLaterThreshold);
  malloc_trim(0);
}

}  // namespace pidigree
