#include "src/pipeline/record_queue.h"

#include <algorithm>
#include <utility>

namespace pidigree {

bool RecordQueue::Push(std::unique_ptr<AgentBatch>& batch) {
  const size_t records = batch->live.records.records().size();
  const size_t bytes = batch->live.records.bytes();
  const MutexLock lock(mutex_);
  // An empty queue takes any batch: there must be a way for one that is larger than the limits.
  const bool takes_any = batch->always || (!writing_ && entries_.empty());
  if (!takes_any &&
      (depth_.records + records > limits_.records || depth_.bytes + bytes > limits_.bytes))
    return false;
  entries_.push_back({std::move(batch), records, bytes, std::chrono::steady_clock::now()});
  depth_.records += records;
  depth_.bytes += bytes;
  depth_.most_bytes = std::max(depth_.most_bytes, depth_.bytes);
  return true;
}

std::unique_ptr<AgentBatch> RecordQueue::Pop() {
  const MutexLock lock(mutex_);
  overdue_ = false;
  if (entries_.empty()) return nullptr;
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  popped_records_ = entry.records;
  popped_bytes_ = entry.bytes;
  writing_ = true;
  return std::move(entry.batch);
}

bool RecordQueue::WaitForOverdue() {
  MutexLock lock(mutex_);
  while (!overdue_ && !closed_) overdue_or_closed_.Wait(lock);
  return !closed_ || !entries_.empty();
}

void RecordQueue::FindOverdue(std::chrono::milliseconds patience) {
  {
    const MutexLock lock(mutex_);
    if (entries_.empty() || overdue_) return;
    if (std::chrono::steady_clock::now() - entries_.front().pushed < patience) return;
    overdue_ = true;
  }
  overdue_or_closed_.NotifyAll();
}

void RecordQueue::GiveBack(std::unique_ptr<AgentBatch> batch) {
  {
    const MutexLock lock(mutex_);
    depth_.records -= std::exchange(popped_records_, 0);
    depth_.bytes -= std::exchange(popped_bytes_, 0);
    writing_ = false;
    written_.push_back(std::move(batch));
  }
  drained_.NotifyAll();
}

std::unique_ptr<AgentBatch> RecordQueue::TakeBack() {
  const MutexLock lock(mutex_);
  if (written_.empty()) return nullptr;
  std::unique_ptr<AgentBatch> batch = std::move(written_.back());
  written_.pop_back();
  return batch;
}

bool RecordQueue::IsDrained() const {
  const MutexLock lock(mutex_);
  return entries_.empty() && !writing_;
}

bool RecordQueue::WaitUntilDrained(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  for (bool in_time = true; in_time && (writing_ || !entries_.empty());)
    in_time = drained_.WaitUntil(lock, deadline);
  return entries_.empty() && !writing_;
}

std::vector<std::unique_ptr<AgentBatch>> RecordQueue::TakeAll() {
  std::vector<std::unique_ptr<AgentBatch>> all;
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    depth_.records -= entry.records;
    depth_.bytes -= entry.bytes;
    all.push_back(std::move(entry.batch));
  }
  entries_.clear();
  return all;
}

void RecordQueue::Close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  overdue_or_closed_.NotifyAll();
}

RecordQueue::Depth RecordQueue::depth() const {
  const MutexLock lock(mutex_);
  return depth_;
}

}  // namespace pidigree
