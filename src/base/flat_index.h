#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/base/seeded_hash.h"

namespace pidigree {

// Maps 64-bit keys to 32-bit values in one flat array: no allocation but when it grows. Linear
// probing, deletion by shifting back, so it never fills with tombstones. Keys may be any value;
// 0xffffffff is not a value.
//
// Each look-up ends at the next free slot. Numbers that are given one after the other, as PIDs are,
// leave one every few slots with a hash that is nothing but a multiplication. Once that leaves none
// in a long row, as where somebody has chosen keys, the table goes over to SeededHash().
class FlatIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // Value of `key`, kNone without one.
  uint32_t Find(uint64_t key) const {
    if (slots_.empty()) return kNone;
    for (size_t i = Home(key);; i = (i + 1) & mask_) {
      if (slots_[i].value == kNone) return kNone;
      if (slots_[i].key == key) return slots_[i].value;
    }
  }

  void Set(uint64_t key, uint32_t value) {
    if ((size_ + 1) * 4 > slots_.size() * 3) Rebuild(slots_.empty() ? 64 : slots_.size() * 2);
    size_t i = Home(key);
    while (slots_[i].value != kNone && slots_[i].key != key) i = (i + 1) & mask_;
    const bool is_new = slots_[i].value == kNone;
    slots_[i] = {key, value};
    if (!is_new) return;
    ++size_;
    if (FillsItsEight(i) && !seeded_ && RowAround(i) > kMaxRow) {
      seeded_ = true;
      Rebuild(slots_.size());
    }
  }

  // Does nothing if `key` has no value.
  void Erase(uint64_t key) {
    if (slots_.empty()) return;
    size_t hole = Home(key);
    while (slots_[hole].key != key || slots_[hole].value == kNone) {
      if (slots_[hole].value == kNone) return;
      hole = (hole + 1) & mask_;
    }
    for (size_t i = (hole + 1) & mask_; slots_[i].value != kNone; i = (i + 1) & mask_) {
      // An entry may move into the hole unless its home lies between the hole and where it stands.
      if (((i - Home(slots_[i].key)) & mask_) >= ((i - hole) & mask_)) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].value = kNone;
    --size_;
  }

  // How far at most a look-up walks: for tests of keys that somebody chose.
  size_t LongestRow() const {
    size_t longest = 0;
    for (size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].value != kNone) longest = std::max(longest, RowAround(i));
    return longest;
  }

  size_t size() const { return size_; }
  size_t bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t value = kNone;
  };

  static constexpr size_t kMaxRow = 96;  // before seeded_, and a few more

  size_t Home(uint64_t key) const {
    if (seeded_) [[unlikely]]
      return SeededHash(key) & mask_;
    // Fibonacci hashing: the high bits of the product are well mixed.
    return static_cast<size_t>((key * 0x9e3779b97f4a7c15) >> 32) & mask_;
  }

  // Whether all of an aligned group of eight slots are taken. A row consists of such groups but for
  // its ends: it is looked at whenever one of them becomes full.
  bool FillsItsEight(size_t i) const {
    const size_t first = i & ~size_t{7};
    for (size_t slot = first; slot < first + 8; ++slot)
      if (slots_[slot].value == kNone) return false;
    return true;
  }

  // How many slots in a row are taken there. There is always a free one.
  size_t RowAround(size_t i) const {
    size_t end = i + 1;
    while (slots_[end & mask_].value != kNone) ++end;
    size_t size = end - i;
    while (slots_[--i & mask_].value != kNone) ++size;
    return size;
  }

  void Rebuild(size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    size_ = 0;
    for (const Slot& slot : old)
      if (slot.value != kNone) Set(slot.key, slot.value);
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t size_ = 0;
  bool seeded_ = false;
};

}  // namespace pidigree
