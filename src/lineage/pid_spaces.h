#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/lineage/pid_space.h"

namespace pidigree {

// The certain PID namespaces of a log: which is below which, and how many live there. Their number
// is bounded: those that nothing refers to any more make room for others.
class PidSpaces {
 public:
  explicit PidSpaces(size_t max_bytes) : max_spaces_(max_bytes / kBytesPerSpace) {}

  // One that begins below `above`. kInner where the kernel would allow none, and for want of room,
  // which is counted. Now and then it calls `for_each_in_use(mark)`, which has to call `mark` with
  // each PidSpace that is kept anywhere.
  template <typename ForEachInUse>
  PidSpace Begin(PidSpace above, ForEachInUse for_each_in_use) {
    const uint32_t level = IsCertain(above) ? At(above).level + 1 : 1;
    if (level > kMaxLevel) return PidSpace::kInner;
    const bool full = free_.empty() && spaces_.size() >= max_spaces_;
    // All that is known is looked at, so not each time.
    if (full && begun_ > max_spaces_ / 4) {
      for (Space& space : spaces_) space.in_use = false;
      for_each_in_use([this](PidSpace space) {
        for (; IsCertain(space) && !At(space).in_use; space = At(space).above)
          At(space).in_use = true;
      });
      for (uint32_t i = 0; i < spaces_.size(); ++i)
        if (!spaces_[i].in_use) free_.push_back(i);
      begun_ = 0;
    }
    ++begun_;
    return Add({.above = above, .level = level});
  }

  // `space` is `outer` or below it.
  bool IsWithin(PidSpace space, PidSpace outer) const {
    while (IsCertain(space) && space != outer) space = At(space).above;
    return space == outer;
  }

  // A process begins or ends to live in `space`, certain or not.
  void Enter(PidSpace space) {
    for (; IsCertain(space); space = At(space).above) ++At(space).live;
  }
  void Leave(PidSpace space) {
    for (; IsCertain(space); space = At(space).above) --At(space).live;
  }
  // Whether nobody lives in `space`, a certain one, and below.
  bool IsEmpty(PidSpace space) const { return At(space).live == 0; }

  // Spaces that there was no room for.
  uint64_t refused() const { return refused_; }

 private:
  static constexpr uint32_t kMaxLevel = 32;  // MAX_PID_NS_LEVEL

  struct Space {
    PidSpace above = PidSpace::kUnknown;
    uint32_t level = 1;
    uint32_t live = 0;  // processes there and below
    bool in_use = true;
  };
  static constexpr size_t kBytesPerSpace = sizeof(Space) + sizeof(uint32_t);

  static size_t Ordinal(PidSpace space) {
    return static_cast<uint32_t>(space) - static_cast<uint32_t>(PidSpace::kFirst);
  }
  Space& At(PidSpace space) { return spaces_[Ordinal(space)]; }
  const Space& At(PidSpace space) const { return spaces_[Ordinal(space)]; }

  PidSpace Add(const Space& space) {
    size_t ordinal = spaces_.size();
    if (!free_.empty()) {
      ordinal = free_.back();
      free_.pop_back();
      spaces_[ordinal] = space;
    } else if (ordinal < max_spaces_) {
      spaces_.push_back(space);
    } else {
      ++refused_;
      return PidSpace::kInner;
    }
    return static_cast<PidSpace>(static_cast<uint32_t>(PidSpace::kFirst) + ordinal);
  }

  const size_t max_spaces_;
  std::vector<Space> spaces_;   // by Ordinal()
  std::vector<uint32_t> free_;  // ordinals
  size_t begun_ = 0;            // since it was looked which are in use
  uint64_t refused_ = 0;
};

}  // namespace pidigree
