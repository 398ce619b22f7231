#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/base/flat_index.h"
#include "src/base/shared_text.h"
#include "src/lineage/process.h"

namespace pidigree {

// What is taken from the caller of fork at that moment for its child.
struct Ancestry {
  ProcessLink parent{};
  Guid parent_guid{};
  uint32_t parent_pid = 0;
  uint32_t parent_ppid = 0;       // of the parent itself, for CLONE_PARENT
  SharedText* program = nullptr;  // references
  SharedText* user = nullptr;
  bool program_from_exec = false;
  uint32_t uid = 0xffffffff;
  uint32_t auid = 0xffffffff;
  uint32_t session = 0xffffffff;
  Login login{};
  uint32_t logon_boot = 0;
  int64_t time_ms = 0;                  // of the fork
  int64_t clock_ms = 0;                 // likewise: LoggedCall::clock_ms()
  uint64_t newest_then = 0;             // PidOrder position of the newest number
  PidSpace space = PidSpace::kUnknown;  // of the child
  bool begins_space = false;            // the child is the first there
  bool entered_space = true;            // see Process
};

// A fork result that may or may not be a process of that number: clone3 hides whether it made a
// thread, and a caller in an inner PID namespace is told an inner number.
struct ForkCandidate {
  uint64_t key = 0;
  bool used = true;
  bool clone3 = false;
  bool sibling = false;                 // CLONE_PARENT
  PidSpace space = PidSpace::kUnknown;  // of the caller
  // The result is, or may well be, the number that records of the child have.
  bool outer = false;
  Ancestry ancestry{};
};

// The newest candidates, a bounded number; the oldest make room.
class ForkCandidates {
 public:
  explicit ForkCandidates(SharedTextPool& texts) : texts_(texts) {}

  // Takes over the references in `candidate`.
  void Add(uint32_t node, uint32_t pid, ForkCandidate candidate) {
    if (ring_.size() < kCapacity) {
      ring_.emplace_back();
    } else {
      ForkCandidate& oldest = ring_[next_];
      dropped_ += !oldest.used;
      Discard(oldest, next_);
    }
    const uint32_t slot = next_;
    next_ = (next_ + 1) % kCapacity;
    candidate.key = Key(node, pid);
    candidate.used = false;
    if (!IsInner(candidate.space)) by_pid_.Set(candidate.key, slot);
    ring_[slot] = candidate;
    if (candidate.outer) return;
    if (inner_.size() == kMaxInner) {
      ++dropped_;
      Discard(ring_[inner_.front()], inner_.front());
    }
    inner_.push_back(slot);
  }

  // The newest one that may be the birth of `pid`; null if there is none.
  ForkCandidate* Find(uint32_t node, uint32_t pid) {
    const uint32_t slot = by_pid_.Find(Key(node, pid));
    return slot == FlatIndex::kNone ? nullptr : &ring_[slot];
  }

  // Calls `visit`, which must not change the set, for each candidate.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const ForkCandidate& candidate : ring_)
      if (!candidate.used) visit(candidate);
  }

  // Calls `visit`, which must not change the set, for each candidate of `node` that is an inner
  // number as far as is known, oldest first.
  template <typename Visit>
  void ForEachInner(uint32_t node, Visit visit) {
    for (const uint32_t slot : inner_)
      if (ring_[slot].key >> 32 == node) visit(ring_[slot]);
  }

  // The references in the ancestry of `candidate` are the caller's from now on.
  Ancestry Take(ForkCandidate& candidate) {
    const Ancestry ancestry = candidate.ancestry;
    candidate.ancestry.program = candidate.ancestry.user = nullptr;
    Discard(candidate, static_cast<uint32_t>(&candidate - ring_.data()));
    return ancestry;
  }

  void Erase(ForkCandidate& candidate) {
    Discard(candidate, static_cast<uint32_t>(&candidate - ring_.data()));
  }

  // `pid` turned out to be somebody else's: forgets the candidate for it, unless that may be an
  // inner number.
  void Erase(uint32_t node, uint32_t pid) {
    const uint32_t slot = by_pid_.Find(Key(node, pid));
    if (slot == FlatIndex::kNone) return;
    if (ring_[slot].space == PidSpace::kInitial) {
      Discard(ring_[slot], slot);
    } else {
      by_pid_.Erase(Key(node, pid));
    }
  }

  template <typename Suits>
  void EraseInner(uint32_t node, Suits suits) {
    for (size_t i = inner_.size(); i-- > 0;) {
      const uint32_t slot = inner_[i];
      if (ring_[slot].key >> 32 == node && suits(ring_[slot])) Discard(ring_[slot], slot);
    }
  }

  void EraseNode(uint32_t node) {
    for (uint32_t slot = 0; slot < ring_.size(); ++slot)
      if (!ring_[slot].used && ring_[slot].key >> 32 == node) Discard(ring_[slot], slot);
  }

  // Candidates that made room before any record named them.
  uint64_t dropped() const { return dropped_; }

 private:
  static constexpr size_t kCapacity = 32768;
  static constexpr size_t kMaxInner = 1024;
  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }

  void Discard(ForkCandidate& candidate, uint32_t slot) {
    if (candidate.used) return;
    candidate.used = true;
    if (by_pid_.Find(candidate.key) == slot) by_pid_.Erase(candidate.key);
    if (!candidate.outer) std::erase(inner_, slot);
    texts_.Release(candidate.ancestry.program);
    texts_.Release(candidate.ancestry.user);
    candidate.ancestry.program = candidate.ancestry.user = nullptr;
  }

  SharedTextPool& texts_;
  std::vector<ForkCandidate> ring_;
  FlatIndex by_pid_;
  std::vector<uint32_t> inner_;  // slots, oldest first
  uint32_t next_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace pidigree
