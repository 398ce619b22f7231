#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "src/base/mutex.h"
#include "src/event/event_source.h"
#include "src/pipeline/line_batch.h"
#include "src/pipeline/loss_report.h"

namespace pidigree {

// What a destination has still to write: lines that pass its filter, and in their places the gaps
// of what there was no room for. One thread pushes, one pops; any may ask.
class DestinationQueue {
 public:
  enum class Drop : uint8_t { kNewest, kOldest };
  struct Limits {
    EventSet events = EventSet().set();  // others do not pass
    size_t bytes = size_t{16} << 20;
    Drop drop = Drop::kNewest;
  };
  // Lines, or a gap.
  struct Item {
    std::shared_ptr<const LineBatch> lines;
    LossReport gap;
  };

  explicit DestinationQueue(const Limits& limits) : limits_(limits) {}

  // Queues the lines. Returns what that cost: these lines, or those that made room. `cause` is why
  // there is none.
  LossReport Push(std::shared_ptr<const LineBatch> lines, LossCause cause);

  // Waits for an item until Wake() or Close(). None: there was none.
  std::optional<Item> Pop();
  // Likewise, without waiting.
  std::optional<Item> TryPop();
  // What was popped has been written, or lost: it does not take room any more.
  void Done();

  // A Pop() that waits, or the next one, does so no longer.
  void Wake();
  // Nothing will be pushed.
  void Close();
  // Whether it is closed and nothing is left.
  bool IsDone() const;

  // Makes gaps of all that is queued, but for the last lines. Returns what is lost.
  LossReport DropAll(LossCause cause);

  // Waits for Wake(), at most until `deadline`. Returns whether it came.
  bool WaitForWake(std::chrono::steady_clock::time_point deadline);

  // Bytes that it keeps in memory, with what has been popped and is not done.
  size_t bytes() const { return held_; }
  const EventSet& events() const { return limits_.events; }

 private:
  struct Entry {
    Item item;
    size_t bytes = 0;
  };

  bool Passes(const LineBatch& lines) const { return (lines.events & limits_.events).any(); }
  // Those of the lines that pass.
  LossReport LossOf(const LineBatch& lines, LossCause cause) const;
  bool HasRoom(const LineBatch& lines) const REQUIRES(mutex_);
  // Makes a gap of entry `i`, or a part of the gap before it: then there is one entry less.
  LossReport DropEntry(size_t i, LossCause cause) REQUIRES(mutex_);

  std::optional<Item> Take() REQUIRES(mutex_);

  const Limits limits_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;   // of entries_
  size_t popped_ GUARDED_BY(mutex_) = 0;  // bytes of what is not done
  std::atomic<size_t> held_ = 0;          // the sum of both
  bool woken_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace pidigree
