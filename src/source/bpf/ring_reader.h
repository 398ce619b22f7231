#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pidigree {

// The reading end of a BPF ring buffer, without copies. It knows the memory only, see RingMapping.
//
// libbpf has such a reader, too; this one can stop after a number of records and needs the data
// mapped once plus the room of the longest record, instead of twice: resident size counts both.
//
// Source: kernel/bpf/ringbuf.c.
class RingReader {
 public:
  struct Memory {
    uint64_t* consumer_position = nullptr;
    const uint64_t* producer_position = nullptr;
    const std::byte* data = nullptr;
    size_t bytes = 0;       // of the ring, a power of two; positions are taken modulo this
    size_t max_record = 0;  // so many bytes of the ring's start stand once more behind its end
  };

  explicit RingReader(const Memory& memory)
      : memory_(memory), position_(*memory.consumer_position) {}

  // The next complete record in the order in which records took their places, or nothing. It is
  // there until the next call that finds another, which gives back its room, or GiveBack().
  std::optional<std::span<const std::byte>> Next();

  // Gives back all that was read. The kernel wakes the reader for the first record that it
  // completes after that; it does not while it still waits for room. Next() is to be asked again
  // before waiting: a record may just have come.
  void GiveBack();

  // Records that were stepped over since they are longer than any may be.
  uint64_t malformed() const { return malformed_; }

 private:
  Memory memory_;
  uint64_t position_;
  uint64_t malformed_ = 0;
};

}  // namespace pidigree
