#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace pidigree {

// Remembers which events have been released, so that a log that is given twice is told from new
// events with old serials. Knows at least the last kSlots serials of a log of one node; several
// nodes share them. Room that was never used costs nothing.
class ReleasedEvents {
 public:
  static constexpr size_t kSlots = size_t{1} << 19;

  void Add(uint32_t node, uint32_t serial, int64_t time_ms) {
    if (slots_ == nullptr) {
      // calloc(3): pages that are never written stay unmapped.
      slots_.reset(static_cast<uint32_t*>(std::calloc(kSlots, sizeof(uint32_t))));
      if (slots_ == nullptr) throw std::bad_alloc();
    }
    slots_[Slot(node, serial)] = Fingerprint(node, serial, time_ms);
  }
  bool Contains(uint32_t node, uint32_t serial, int64_t time_ms) const {
    return slots_ != nullptr && slots_[Slot(node, serial)] == Fingerprint(node, serial, time_ms);
  }

 private:
  struct Free {
    void operator()(uint32_t* slots) const { std::free(slots); }
  };

  static size_t Slot(uint32_t node, uint32_t serial) {
    return (serial + size_t{node} * 0x9e3779b1U) % kSlots;
  }
  // Never 0, which is an empty slot.
  static uint32_t Fingerprint(uint32_t node, uint32_t serial, int64_t time_ms) {
    uint64_t hash = (uint64_t{node} << 32 | serial) * 0x9e3779b97f4a7c15U;
    hash = (hash ^ hash >> 32 ^ static_cast<uint64_t>(time_ms)) * 0xd6e8feb86659fd93U;
    return static_cast<uint32_t>(hash >> 32) | 1;
  }

  std::unique_ptr<uint32_t[], Free> slots_;
};

}  // namespace pidigree
