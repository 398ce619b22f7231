#include "src/source/bpf/ring_mapping.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace pidigree {

Result<RingMapping> RingMapping::Map(int fd, size_t bytes, size_t max_record) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t repeated =
      std::min((max_record + BPF_RINGBUF_HDR_SZ + page - 1) / page * page, bytes);
  RingMapping ring;
  void* const consumer = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (consumer == MAP_FAILED) return FailErrno(errno, "cannot map the ring buffer's position");
  ring.consumer_ = {consumer, page};
  const size_t size = page + bytes + repeated;
  void* const producer = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page));
  if (producer == MAP_FAILED) return FailErrno(errno, "cannot map the ring buffer's data");
  ring.producer_ = {producer, size};
  ring.memory_ = {static_cast<uint64_t*>(consumer), static_cast<const uint64_t*>(producer),
                  static_cast<const std::byte*>(producer) + page, bytes, repeated};
  return ring;
}

RingMapping::RingMapping(RingMapping&& other) noexcept
    : consumer_(std::exchange(other.consumer_, {})),
      producer_(std::exchange(other.producer_, {})),
      memory_(other.memory_) {}

RingMapping& RingMapping::operator=(RingMapping&& other) noexcept {
  std::swap(consumer_, other.consumer_);
  std::swap(producer_, other.producer_);
  std::swap(memory_, other.memory_);
  return *this;
}

RingMapping::~RingMapping() {
  for (const Area& area : {consumer_, producer_}) {
    if (area.address != nullptr) munmap(area.address, area.size);
  }
}

}  // namespace pidigree
