#pragma once

#include <cstdint>
#include <vector>

#include "src/base/flat_index.h"
#include "src/event/process_fact.h"

namespace pidigree {

// The forks that are announced but not yet applied, found by the number of the child or by the
// caller.
class PendingForks {
 public:
  void Add(const ProcessFact& fork) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Entry& entry = entries_[index];
    entry.fork = &fork;
    Append(by_child_, Key(fork.node, fork.other_pid), kByChild, index);
    Append(by_parent_, Key(fork.node, ParentOfChild(fork)), kByParent, index);
  }

  // The pending fork by which `pid` came to be if a record of it is stamped `time_ms`: the first by
  // serial whose call had begun by then. Null without one.
  const ProcessFact* Find(uint32_t node, uint32_t pid, int64_t time_ms) const {
    const ProcessFact* first = nullptr;
    for (uint32_t i = by_child_.Find(Key(node, pid)); i != FlatIndex::kNone;
         i = entries_[i].next[kByChild]) {
      const ProcessFact& fork = *entries_[i].fork;
      if (fork.time_ms > time_ms) continue;
      if (first == nullptr || static_cast<int32_t>(fork.serial - first->serial) < 0) first = &fork;
    }
    return first;
  }

  // Calls `visit` for the pending forks whose child will have `pid` as its ppid=, earliest first,
  // at most kVisited of them: more only pile up in a log made to pile them up.
  template <typename Visit>
  void ForEachUnder(uint32_t node, uint32_t pid, Visit visit) const {
    uint32_t i = by_parent_.Find(Key(node, pid));
    for (size_t n = 0; n < kVisited && i != FlatIndex::kNone; ++n, i = entries_[i].next[kByParent])
      visit(*entries_[i].fork);
  }

  // False if `fork` was not pending (any more).
  bool Remove(const ProcessFact& fork) {
    const uint32_t index = Unlink(by_child_, Key(fork.node, fork.other_pid), kByChild, fork);
    if (index == FlatIndex::kNone) return false;
    Unlink(by_parent_, Key(fork.node, ParentOfChild(fork)), kByParent, fork);
    free_.push_back(index);
    return true;
  }

 private:
  static constexpr size_t kVisited = 1024;
  enum Chain : uint8_t { kByChild, kByParent };
  struct Entry {
    const ProcessFact* fork = nullptr;
    uint32_t next[2] = {FlatIndex::kNone, FlatIndex::kNone};  // by Chain
    uint32_t last[2] = {FlatIndex::kNone, FlatIndex::kNone};  // likewise; of the first entry only
  };

  static uint32_t ParentOfChild(const ProcessFact& fork) {
    return fork.sibling ? fork.ppid : fork.pid;
  }
  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }

  // Chains are in the order of arrival, in which forks are nearly always applied: what is removed
  // stands at or near the front. The first entry of a chain knows its last.
  void Append(FlatIndex& heads, uint64_t key, Chain chain, uint32_t index) {
    entries_[index].next[chain] = FlatIndex::kNone;
    entries_[index].last[chain] = index;
    const uint32_t first = heads.Find(key);
    if (first == FlatIndex::kNone) {
      heads.Set(key, index);
      return;
    }
    entries_[entries_[first].last[chain]].next[chain] = index;
    entries_[first].last[chain] = index;
  }

  uint32_t Unlink(FlatIndex& heads, uint64_t key, Chain chain, const ProcessFact& fork) {
    uint32_t before = FlatIndex::kNone;
    for (uint32_t i = heads.Find(key); i != FlatIndex::kNone; i = entries_[i].next[chain]) {
      if (entries_[i].fork != &fork) {
        before = i;
        continue;
      }
      const uint32_t next = entries_[i].next[chain];
      if (before != FlatIndex::kNone) {
        entries_[before].next[chain] = next;
        Entry& first = entries_[heads.Find(key)];
        if (first.last[chain] == i) first.last[chain] = before;
      } else if (next != FlatIndex::kNone) {
        entries_[next].last[chain] = entries_[i].last[chain];
        heads.Set(key, next);
      } else {
        heads.Erase(key);
      }
      return i;
    }
    return FlatIndex::kNone;
  }

  FlatIndex by_child_;
  FlatIndex by_parent_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
};

}  // namespace pidigree
