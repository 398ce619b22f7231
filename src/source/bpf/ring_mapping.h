#pragma once

#include <cstddef>

#include "src/base/result.h"
#include "src/source/bpf/ring_reader.h"
#include "src/source/bpf/shared_memory.h"

namespace pidigree {

// Owns the memory that a BPF ring buffer shares with its reader.
class RingMapping {
 public:
  // `fd` is that of a ring buffer of `bytes` bytes with records of at most `max_record`.
  static Result<RingMapping> Map(int fd, size_t bytes, size_t max_record);

  const RingReader::Memory& memory() const { return memory_; }

 private:
  RingMapping() = default;

  SharedMemory consumer_;  // a page that the reader writes
  SharedMemory producer_;  // a page and the data, which it only reads
  RingReader::Memory memory_;
};

}  // namespace pidigree
