#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

struct AuditNode;

// An event that waits for its release.
struct PendingEvent {
  EventFragment* event = nullptr;  // with all later fragments merged into it
  AuditNode* node = nullptr;
  bool straggler = false;         // not in the node's queue: see BootTracker
  int64_t order = 0;              // BootTracker::Order() of its serial
  int64_t arrived_ms = 0;         // the node's clock when it came
  uint64_t position = 0;          // of its first record in the log
  PendingEvent* older = nullptr;  // list of all pending events, in order of arrival
  PendingEvent* newer = nullptr;

  // Events with one serial, which only hostile or mixed-up logs have, are told apart by stamp.
  bool Before(int64_t other_order, int64_t other_time_ms) const {
    return order != other_order ? order < other_order : event->call.time_ms < other_time_ms;
  }
};

// Pending events of a node in the order of their serials. Takes new ones anywhere, fast at the end;
// gives the first. A ring of pointers, as an insertion moves the shorter side only.
class EventQueue {
 public:
  bool empty() const { return size_ == 0; }
  PendingEvent& front() const { return *At(0); }
  void PopFront();
  // Asks the processor for the memory of the events that will soon be the first: they came long
  // ago.
  void FetchNext() const;
  void Insert(PendingEvent* event);
  // Calls `visit` for the events from `order` on, last first.
  template <typename Visit>
  void ForEachFrom(int64_t order, Visit visit) const {
    for (size_t i = size_; i-- > 0 && At(i)->order >= order;) visit(*At(i));
  }
  // Null: no event has this order and stamp.
  PendingEvent* Find(int64_t order, int64_t time_ms) const;

 private:
  static constexpr size_t kMinCapacity = 4;
  static constexpr size_t kKeptCapacity = 64;  // when the queue runs empty

  PendingEvent*& At(size_t index) const { return ring_[(first_ + index) & (capacity_ - 1)]; }
  size_t LowerBound(int64_t order, int64_t time_ms) const;
  void Grow();

  std::unique_ptr<PendingEvent*[]> ring_;
  size_t capacity_ = 0;  // power of two
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace pidigree
