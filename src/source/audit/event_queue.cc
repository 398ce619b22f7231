#include "src/source/audit/event_queue.h"

#include "src/base/prefetch.h"

namespace pidigree {
namespace {

// How many events ahead each of what leads to the next is fetched.
constexpr size_t kFetchPending = 12;
constexpr size_t kFetchEvent = 8;
constexpr size_t kFetchTexts = 4;

constexpr size_t kUsualCommandLine = 128;

}  // namespace

void EventQueue::PopFront() {
  first_ = (first_ + 1) & (capacity_ - 1);
  --size_;
  // Thousands of nodes must not each keep the room for their busiest moment.
  if (size_ == 0 && capacity_ > kKeptCapacity) {
    ring_.reset();
    capacity_ = 0;
    first_ = 0;
  }
}

void EventQueue::FetchNext() const {
  if (size_ <= kFetchPending) return;
  PrefetchToWrite(At(kFetchPending), sizeof(PendingEvent));
  PrefetchToWrite(At(kFetchEvent)->event, sizeof(EventFragment));
  const ParsedCall& call = At(kFetchTexts)->event->call;
  PrefetchToRead(call.exe.data(), 1);
  PrefetchToRead(call.cwd.data(), 1);
  PrefetchToRead(call.command_line.data(), kUsualCommandLine);
}

void EventQueue::Grow() {
  const size_t wanted = capacity_ == 0 ? kMinCapacity : 2 * capacity_;
  auto grown = std::make_unique<PendingEvent*[]>(wanted);
  for (size_t i = 0; i < size_; ++i) grown[i] = At(i);
  ring_ = std::move(grown);
  capacity_ = wanted;
  first_ = 0;
}

size_t EventQueue::LowerBound(int64_t order, int64_t time_ms) const {
  if (size_ == 0 || At(size_ - 1)->Before(order, time_ms)) return size_;
  size_t low = 0;
  size_t high = size_ - 1;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (At(middle)->Before(order, time_ms)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void EventQueue::Insert(PendingEvent* event) {
  if (size_ == capacity_) Grow();
  const size_t at = LowerBound(event->order, event->event->call.time_ms);
  if (at >= size_ / 2) {
    for (size_t i = size_; i > at; --i) At(i) = At(i - 1);
  } else {
    first_ = (first_ - 1) & (capacity_ - 1);
    for (size_t i = 0; i < at; ++i) At(i) = At(i + 1);
  }
  At(at) = event;
  ++size_;
}

PendingEvent* EventQueue::Find(int64_t order, int64_t time_ms) const {
  const size_t at = LowerBound(order, time_ms);
  if (at == size_) return nullptr;
  PendingEvent* found = At(at);
  return found->order == order && found->event->call.time_ms == time_ms ? found : nullptr;
}

}  // namespace pidigree
