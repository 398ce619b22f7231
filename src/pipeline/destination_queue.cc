#include "src/pipeline/destination_queue.h"

#include <algorithm>
#include <utility>

namespace pidigree {
namespace {

// Buffers that are used again are larger than what waits for long should be.
std::shared_ptr<const LineBatch> Compact(std::shared_ptr<const LineBatch> lines) {
  if (lines->lines.from(0).size() > lines->bytes() / 2) return lines;
  return std::make_shared<const LineBatch>(*lines);
}

}  // namespace

LossReport DestinationQueue::LossOf(const LineBatch& lines, LossCause cause) const {
  LossReport loss{.cause = cause};
  for (size_t i = 0; i < lines.size(); ++i)
    if (const LineBatch::Line& line = lines.of_lines[i]; limits_.events.test(line.event))
      loss.Merge({cause, 1, line.time, line.time});
  return loss;
}

// An empty queue takes anything: there must be a way for what is larger than the limit.
bool DestinationQueue::HasRoom(const LineBatch& lines) const {
  return lines.always || bytes_ + popped_ == 0 || bytes_ + popped_ + lines.bytes() <= limits_.bytes;
}

LossReport DestinationQueue::DropEntry(size_t i, LossCause cause) {
  Entry& entry = entries_[i];
  LossReport loss = LossOf(*entry.item.lines, cause);
  bytes_ -= entry.bytes;
  entry = {{nullptr, loss}, 0};
  if (i == 0) return loss;
  Item& before = entries_[i - 1].item;
  if (before.lines || before.gap.cause != cause) return loss;
  before.gap.Merge(loss);
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(i));
  return loss;
}

LossReport DestinationQueue::Push(std::shared_ptr<const LineBatch> lines, LossCause cause) {
  LossReport lost{.cause = cause};
  {
    const MutexLock lock(mutex_);
    if (std::max(bytes_ + popped_, lines->bytes()) > limits_.bytes / 8)
      lines = Compact(std::move(lines));
    // Without a line it only says how far things are, which those in front of it do as well.
    if (!lines->last && !entries_.empty() && !Passes(*lines)) return lost;
    for (size_t i = 0; limits_.drop == Drop::kOldest && i < entries_.size() && !HasRoom(*lines);) {
      const LineBatch* const old = entries_[i].item.lines.get();
      const size_t before = entries_.size();
      if (old != nullptr && !old->always) lost.Merge(DropEntry(i, cause));
      if (entries_.size() == before) ++i;
    }
    const bool has_room = HasRoom(*lines);
    const size_t bytes = lines->bytes();
    entries_.push_back({{std::move(lines), {}}, bytes});
    bytes_ += bytes;
    if (!has_room) lost.Merge(DropEntry(entries_.size() - 1, cause));
    held_ = bytes_ + popped_;
  }
  changed_.NotifyAll();
  return lost;
}

std::optional<DestinationQueue::Item> DestinationQueue::Pop() {
  MutexLock lock(mutex_);
  while (entries_.empty() && !woken_ && !closed_) changed_.Wait(lock);
  woken_ = false;
  return Take();
}

std::optional<DestinationQueue::Item> DestinationQueue::TryPop() {
  const MutexLock lock(mutex_);
  return Take();
}

std::optional<DestinationQueue::Item> DestinationQueue::Take() {
  if (entries_.empty()) return std::nullopt;
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= entry.bytes;
  popped_ += entry.bytes;
  return std::move(entry.item);
}

void DestinationQueue::Done() {
  const MutexLock lock(mutex_);
  popped_ = 0;
  held_ = bytes_;
}

void DestinationQueue::Wake() {
  {
    const MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.NotifyAll();
}

void DestinationQueue::Close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  changed_.NotifyAll();
}

bool DestinationQueue::IsDone() const {
  const MutexLock lock(mutex_);
  return closed_ && entries_.empty();
}

bool DestinationQueue::WaitForWake(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  for (bool in_time = true; in_time && !woken_;) in_time = changed_.WaitUntil(lock, deadline);
  return std::exchange(woken_, false);
}

LossReport DestinationQueue::DropAll(LossCause cause) {
  LossReport lost{.cause = cause};
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < entries_.size();) {
    const LineBatch* const lines = entries_[i].item.lines.get();
    const size_t before = entries_.size();
    if (lines != nullptr && !lines->last) lost.Merge(DropEntry(i, cause));
    if (entries_.size() == before) ++i;
  }
  held_ = bytes_ + popped_;
  return lost;
}

}  // namespace pidigree
