#pragma once

#include <cstddef>
#include <cstdint>

namespace pidigree {

// Ask the processor for `bytes` of memory from `at` on that are soon to be used, so that nobody
// waits for them then. Any address will do: nothing is read.

constexpr uintptr_t kCacheLine = 64;

inline void PrefetchToRead(const void* at, size_t bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(at);
  for (uintptr_t line = begin; line < begin + bytes; line += kCacheLine)
    __builtin_prefetch(reinterpret_cast<const void*>(line));
}

// Memory that another processor has read or written is taken away from it. It begins `ahead` bytes
// behind `at`.
inline void PrefetchToWrite(const void* at, size_t bytes, size_t ahead = 0) {
  const auto begin = reinterpret_cast<uintptr_t>(at) + ahead;
  for (uintptr_t line = begin; line < begin + bytes; line += kCacheLine) {
#ifdef __x86_64__
    // Compilers use it only for processors that are known to have it; others take it for a no-op.
    asm volatile("prefetchw (%0)" : : "r"(line));
#else
    __builtin_prefetch(reinterpret_cast<const void*>(line), 1);
#endif
  }
}

}  // namespace pidigree
