#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "src/base/flat_index.h"
#include "src/lineage/logged_fork.h"

namespace pidigree {

// The fork-like calls that are announced but not yet applied, found by their result or by their
// caller.
class PendingForks {
 public:
  void Add(const LoggedFork& fork) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Entry& entry = entries_[index];
    entry.fork = fork;
    by_address_.Set(Address(fork), index);
    Append(by_result_, Key(fork.call->host, fork.child), kByResult, index);
    Append(by_caller_, Key(fork.call->host, fork.call->pid), kByCaller, index);
    if (fork.sibling) Append(siblings_, fork.call->host, kSiblings, index);
  }

  // The first by serial of those that returned `result` and suit `suits`; null without one. Looks
  // at no more than kVisited: more only pile up in a log made to pile them up.
  template <typename Suits>
  const LoggedFork* Find(uint32_t node, uint32_t result, Suits suits) const {
    return First(by_result_.Find(Key(node, result)), kByResult, suits);
  }

  // Likewise of those that `caller` called.
  template <typename Suits>
  const LoggedFork* FindOf(uint32_t node, uint32_t caller, Suits suits) const {
    return First(by_caller_.Find(Key(node, caller)), kByCaller, suits);
  }

  // Likewise of those that were called with CLONE_PARENT.
  template <typename Suits>
  const LoggedFork* FindSibling(uint32_t node, Suits suits) const {
    return First(siblings_.Find(node), kSiblings, suits);
  }

  // False if `fork` was not pending (any more).
  bool Remove(const LoggedFork& fork) {
    const uint32_t index = by_address_.Find(Address(fork));
    if (index == FlatIndex::kNone) return false;
    by_address_.Erase(Address(fork));
    Unlink(by_result_, Key(fork.call->host, fork.child), kByResult, index);
    Unlink(by_caller_, Key(fork.call->host, fork.call->pid), kByCaller, index);
    if (fork.sibling) Unlink(siblings_, fork.call->host, kSiblings, index);
    free_.push_back(index);
    return true;
  }

 private:
  static constexpr size_t kVisited = 1024;
  enum Chain : uint8_t { kByResult, kByCaller, kSiblings, kChains };
  struct Entry {
    LoggedFork fork;
    uint32_t next[kChains];    // of the last entry: FlatIndex::kNone
    uint32_t before[kChains];  // of the first entry: the last
  };

  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }
  static uint64_t Address(const LoggedFork& fork) { return reinterpret_cast<uintptr_t>(fork.call); }

  template <typename Suits>
  const LoggedFork* First(uint32_t i, Chain chain, Suits suits) const {
    const LoggedFork* first = nullptr;
    for (size_t n = 0; n < kVisited && i != FlatIndex::kNone; ++n, i = entries_[i].next[chain]) {
      const LoggedFork& fork = entries_[i].fork;
      if (first != nullptr && static_cast<int32_t>(fork.call->serial - first->call->serial) >= 0)
        continue;
      if (suits(fork)) first = &fork;
    }
    return first;
  }

  // Chains are in the order of arrival. Forks leave them in any order, as the log has it.
  void Append(FlatIndex& heads, uint64_t key, Chain chain, uint32_t index) {
    Entry& entry = entries_[index];
    entry.next[chain] = FlatIndex::kNone;
    entry.before[chain] = index;
    const uint32_t first = heads.Find(key);
    if (first == FlatIndex::kNone) {
      heads.Set(key, index);
      return;
    }
    entry.before[chain] = std::exchange(entries_[first].before[chain], index);
    entries_[entry.before[chain]].next[chain] = index;
  }

  void Unlink(FlatIndex& heads, uint64_t key, Chain chain, uint32_t index) {
    const uint32_t next = entries_[index].next[chain];
    const uint32_t before = entries_[index].before[chain];
    uint32_t first = heads.Find(key);
    if (first != index) {
      entries_[before].next[chain] = next;
    } else if (next == FlatIndex::kNone) {
      heads.Erase(key);
      return;
    } else {
      heads.Set(key, first = next);
    }
    entries_[next != FlatIndex::kNone ? next : first].before[chain] = before;
  }

  FlatIndex by_address_;
  FlatIndex by_result_;
  FlatIndex by_caller_;
  FlatIndex siblings_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
};

}  // namespace pidigree
