#pragma once

#include <cstddef>

#include "src/base/result.h"
#include "src/source/bpf/ring_reader.h"

namespace pidigree {

// Owns the memory that a BPF ring buffer shares with its reader.
class RingMapping {
 public:
  // `fd` is that of a ring buffer of `bytes` bytes with records of at most `max_record`.
  static Result<RingMapping> Map(int fd, size_t bytes, size_t max_record);

  RingMapping(RingMapping&& other) noexcept;
  RingMapping& operator=(RingMapping&& other) noexcept;
  ~RingMapping();

  const RingReader::Memory& memory() const { return memory_; }

 private:
  struct Area {
    void* address = nullptr;
    size_t size = 0;
  };

  RingMapping() = default;

  Area consumer_;  // a page that the reader writes
  Area producer_;  // a page and the data, which it only reads
  RingReader::Memory memory_;
};

}  // namespace pidigree
