#include "src/source/bpf/ring_reader.h"

#include <linux/bpf.h>

#include <atomic>

namespace pidigree {
namespace {

template <typename T>
T Acquire(const T* shared) {
  return __atomic_load_n(shared, __ATOMIC_ACQUIRE);
}

}  // namespace

std::optional<std::span<const std::byte>> RingReader::Next() {
  for (;;) {
    if (position_ >= Acquire(memory_.producer_position)) return std::nullopt;
    const std::byte* const header = memory_.data + (position_ & (memory_.bytes - 1));
    const uint32_t word = Acquire(reinterpret_cast<const uint32_t*>(header));
    if ((word & BPF_RINGBUF_BUSY_BIT) != 0) return std::nullopt;

    __atomic_store_n(memory_.consumer_position, position_, __ATOMIC_RELEASE);
    const uint32_t size = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    position_ += (uint64_t{size} + BPF_RINGBUF_HDR_SZ + 7) & ~uint64_t{7};
    if ((word & BPF_RINGBUF_DISCARD_BIT) != 0) continue;
    if (size + BPF_RINGBUF_HDR_SZ > memory_.max_record) {
      ++malformed_;
      continue;
    }
    return std::span(header + BPF_RINGBUF_HDR_SZ, size);
  }
}

void RingReader::GiveBack() {
  // Before the next look at the producer's position, as the kernel's look at this one comes after
  // its own change: one of the two sees the other.
  __atomic_store_n(memory_.consumer_position, position_, __ATOMIC_SEQ_CST);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

}  // namespace pidigree
