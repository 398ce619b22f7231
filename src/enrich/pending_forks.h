#pragma once

#include <cstdint>
#include <vector>

#include "src/base/flat_index.h"
#include "src/event/process_fact.h"

namespace pidigree {

// The forks that are announced but not yet applied, found by the number of the child.
class PendingForks {
 public:
  void Add(const ProcessFact& fork) {
    uint32_t entry;
    if (free_.empty()) {
      entry = static_cast<uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      entry = free_.back();
      free_.pop_back();
    }
    const uint64_t key = Key(fork.node, fork.other_pid);
    entries_[entry] = {&fork, by_child_.Find(key)};
    by_child_.Set(key, entry);
  }

  // The pending fork by which `pid` came to be if a record of it is stamped `time_ms`: the first by
  // serial whose call had begun by then. Null without one.
  const ProcessFact* Find(uint32_t node, uint32_t pid, int64_t time_ms) const {
    const ProcessFact* first = nullptr;
    for (uint32_t i = by_child_.Find(Key(node, pid)); i != FlatIndex::kNone; i = entries_[i].next) {
      const ProcessFact& fork = *entries_[i].fork;
      if (fork.time_ms > time_ms) continue;
      if (first == nullptr || static_cast<int32_t>(fork.serial - first->serial) < 0) first = &fork;
    }
    return first;
  }

  // False if `fork` was not pending (any more).
  bool Remove(const ProcessFact& fork) {
    const uint64_t key = Key(fork.node, fork.other_pid);
    uint32_t before = FlatIndex::kNone;
    for (uint32_t i = by_child_.Find(key); i != FlatIndex::kNone; i = entries_[i].next) {
      if (entries_[i].fork == &fork) {
        const uint32_t next = entries_[i].next;
        if (before != FlatIndex::kNone) {
          entries_[before].next = next;
        } else if (next != FlatIndex::kNone) {
          by_child_.Set(key, next);
        } else {
          by_child_.Erase(key);
        }
        free_.push_back(i);
        return true;
      }
      before = i;
    }
    return false;
  }

 private:
  struct Entry {
    const ProcessFact* fork = nullptr;
    uint32_t next = FlatIndex::kNone;
  };
  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }

  FlatIndex by_child_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
};

}  // namespace pidigree
