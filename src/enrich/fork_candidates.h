#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/base/flat_index.h"
#include "src/base/shared_text.h"
#include "src/enrich/process.h"

namespace pidigree {

// What is taken from the caller of fork at that moment for its child.
struct Ancestry {
  Process::Index parent = Process::kNone;  // kNone: not in the table
  uint32_t parent_generation = 0;
  Guid parent_guid{};
  uint32_t parent_pid = 0;
  uint32_t parent_ppid = 0;       // of the parent itself, for CLONE_PARENT
  SharedText* program = nullptr;  // references
  SharedText* user = nullptr;
  bool program_from_exec = false;
  uint32_t uid = 0xffffffff;
  uint32_t auid = 0xffffffff;
  uint32_t session = 0xffffffff;
  uint32_t tty_hash = 0;
  uint32_t logon_second = 0;
  int64_t time_ms = 0;                                    // of the fork
  Process::Numbers numbers = Process::Numbers::kUnknown;  // of the child
  uint32_t space = 0;                                     // likewise
};

// A fork result that may or may not be a process of that number: clone3 hides whether it made a
// thread, and a caller in an inner PID namespace is told an inner number.
struct ForkCandidate {
  uint64_t key = 0;
  bool used = true;
  bool clone3 = false;
  bool sibling = false;   // CLONE_PARENT
  bool in_order = false;  // the number is one that the kernel could give at that time
  uint64_t position = 0;  // PidOrder's newest at that time
  uint32_t space = 0;     // of the caller, see Process

  uint32_t number() const { return static_cast<uint32_t>(key); }
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
    // Inner numbers collide with outer ones; a number that the kernel could give then wins.
    const uint32_t other = by_pid_.Find(candidate.key);
    if (other == FlatIndex::kNone || candidate.in_order || !ring_[other].in_order)
      by_pid_.Set(candidate.key, slot);
    ring_[slot] = candidate;
  }

  // The newest one for `pid`; null if there is none.
  ForkCandidate* Find(uint32_t node, uint32_t pid) {
    const uint32_t slot = by_pid_.Find(Key(node, pid));
    return slot == FlatIndex::kNone ? nullptr : &ring_[slot];
  }

  // Calls `visit` for the latest candidates of `node` that are still unused, newest first, looking
  // at no more than `most`.
  template <typename Visit>
  void ForEachLatest(uint32_t node, size_t most, Visit visit) {
    most = std::min(most, ring_.size());
    for (size_t i = 1; i <= most; ++i) {
      ForkCandidate& candidate = ring_[(next_ + kCapacity - i) % kCapacity];
      if (!candidate.used && candidate.key >> 32 == node) visit(candidate);
    }
  }

  // The references in the ancestry of `candidate` are the caller's from now on.
  Ancestry Take(ForkCandidate& candidate) {
    const Ancestry ancestry = candidate.ancestry;
    candidate.ancestry.program = candidate.ancestry.user = nullptr;
    Discard(candidate, static_cast<uint32_t>(&candidate - ring_.data()));
    return ancestry;
  }

  // Another process has got `pid`: forgets the candidate for it, unless that may be an inner
  // number.
  void Erase(uint32_t node, uint32_t pid) {
    const uint32_t slot = by_pid_.Find(Key(node, pid));
    if (slot == FlatIndex::kNone) return;
    if (ring_[slot].in_order) {
      Discard(ring_[slot], slot);
    } else {
      by_pid_.Erase(Key(node, pid));
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
  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }

  void Discard(ForkCandidate& candidate, uint32_t slot) {
    if (candidate.used) return;
    candidate.used = true;
    if (by_pid_.Find(candidate.key) == slot) by_pid_.Erase(candidate.key);
    texts_.Release(candidate.ancestry.program);
    texts_.Release(candidate.ancestry.user);
    candidate.ancestry.program = candidate.ancestry.user = nullptr;
  }

  SharedTextPool& texts_;
  std::vector<ForkCandidate> ring_;
  FlatIndex by_pid_;
  uint32_t next_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace pidigree
