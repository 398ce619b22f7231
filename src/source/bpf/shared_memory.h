#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>

namespace pidigree {

struct Unmap {
  size_t bytes = 0;

  void operator()(void* memory) const { munmap(memory, bytes); }
};

// Memory that the kernel shares with us.
using SharedMemory = std::unique_ptr<void, Unmap>;

// `bytes` of the map `fd` from `offset` on; null, with errno, if they cannot be had.
inline SharedMemory MapMemory(int fd, size_t bytes, int protection, off_t offset = 0) {
  void* const memory = mmap(nullptr, bytes, protection, MAP_SHARED, fd, offset);
  return SharedMemory(memory == MAP_FAILED ? nullptr : memory, {bytes});
}

}  // namespace pidigree
