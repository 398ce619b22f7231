#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "src/base/mutex.h"
#include "src/pipeline/agent_batch.h"

namespace pidigree {

// Batches from the collector to the writer, bounded by records and by bytes, and the way back for
// batches that were written. One thread pushes; who pops holds the writer's turn.
class RecordQueue {
 public:
  struct Limits {
    size_t records = 65536;
    size_t bytes = size_t{16} << 20;
  };
  struct Depth {
    size_t records = 0;
    size_t bytes = 0;
    size_t most_bytes = 0;  // since the start
  };

  explicit RecordQueue(Limits limits) : limits_(limits) {}

  // Takes the batch and true; or leaves it with the caller and false, if there is no room, which
  // there is for AgentBatch::always.
  bool Push(std::unique_ptr<AgentBatch>& batch);
  // The next batch; null if there is none. It is being written until it is given back.
  std::unique_ptr<AgentBatch> Pop();
  // Waits until a batch is overdue; false once the queue is closed and empty.
  bool WaitForOverdue();
  // Batches that have waited for `patience` are overdue.
  void FindOverdue(std::chrono::milliseconds patience);

  // Gives a batch that was popped back to the thread that pushes.
  void GiveBack(std::unique_ptr<AgentBatch> batch);
  // A batch that was given back, as it was then; null if there is none.
  std::unique_ptr<AgentBatch> TakeBack();

  // Whether everything pushed has been written.
  bool IsDrained() const;
  // Waits for that, at most until `deadline`. Returns IsDrained().
  bool WaitUntilDrained(std::chrono::steady_clock::time_point deadline);

  // Takes out what has not been popped.
  std::vector<std::unique_ptr<AgentBatch>> TakeAll();

  // No more will be pushed.
  void Close();

  Depth depth() const;

 private:
  struct Entry {
    std::unique_ptr<AgentBatch> batch;
    size_t records;
    size_t bytes;
    std::chrono::steady_clock::time_point pushed;
  };

  const Limits limits_;

  mutable Mutex mutex_;
  ConditionVariable drained_;
  ConditionVariable overdue_or_closed_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<AgentBatch>> written_ GUARDED_BY(mutex_);
  Depth depth_ GUARDED_BY(mutex_);                // of entries_ and of what is being written
  size_t popped_records_ GUARDED_BY(mutex_) = 0;  // of the batch that is being written
  size_t popped_bytes_ GUARDED_BY(mutex_) = 0;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool overdue_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace pidigree
