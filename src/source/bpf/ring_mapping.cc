#include "src/source/bpf/ring_mapping.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pidigree {

Result<RingMapping> RingMapping::Map(int fd, size_t bytes, size_t max_record) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t repeated =
      std::min((max_record + BPF_RINGBUF_HDR_SZ + page - 1) / page * page, bytes);
  RingMapping ring;
  ring.consumer_ = MapMemory(fd, page, PROT_READ | PROT_WRITE);
  if (!ring.consumer_) return FailErrno(errno, "cannot map the ring buffer's position");
  ring.producer_ = MapMemory(fd, page + bytes + repeated, PROT_READ, static_cast<off_t>(page));
  if (!ring.producer_) return FailErrno(errno, "cannot map the ring buffer's data");
  const void* const producer = ring.producer_.get();
  ring.memory_ = {static_cast<uint64_t*>(ring.consumer_.get()),
                  static_cast<const uint64_t*>(producer),
                  static_cast<const std::byte*>(producer) + page, bytes, repeated};
  return ring;
}

}  // namespace pidigree
