#include "src/pipeline/ordered_stages.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

Result<> RunOnOneThread(OrderedStages& stages) {
  while (stages.Read(0)) {
    stages.Parse(0);
    stages.Apply(0);
    stages.Serialize(0);
    if (Result<> written = stages.Write(0); !written) return written;
  }
  return {};
}

// Hands out tasks to threads. Items are numbered as they are read; item i lives in slot i modulo
// the number of slots, so that the items in flight are next_write_ to next_read_ - 1.
class Scheduler {
 public:
  Scheduler(OrderedStages& stages, size_t slots) : stages_(stages), states_(slots, State::kRead) {}

  // The life of one thread.
  void Work() {
    std::unique_lock lock(mutex_);
    while (!Finished()) {
      const std::optional<Task> task = Pick();
      if (!task) {
        ++waiting_;
        changed_.wait(lock);
        --waiting_;
        continue;
      }
      Begin(*task);
      // Each thread that gets work sees to it that remaining work gets a thread.
      if (waiting_ > 0 && Pick()) changed_.notify_one();
      lock.unlock();
      const Outcome outcome = Run(*task);
      lock.lock();
      End(*task, outcome);
    }
    changed_.notify_all();
  }

  Result<> TakeResult() { return std::move(result_); }

 private:
  // What has been done to an item, or is being done.
  enum class State : uint8_t {
    kRead,
    kParsing,
    kParsed,
    kApplying,
    kApplied,
    kSerializing,
    kSerialized,
    kWriting,
  };
  enum class Stage : uint8_t { kRead, kParse, kApply, kSerialize, kWrite };
  struct Task {
    Stage stage;
    uint64_t item;
  };
  struct Outcome {
    bool more = true;  // of Read()
    Result<> written;
  };

  size_t SlotOf(uint64_t item) const { return item % states_.size(); }
  State& StateOf(uint64_t item) { return states_[SlotOf(item)]; }

  bool Finished() const { return stopped_ || (read_all_ && next_write_ == next_read_); }

  // The ready task that is farthest along, so that memory is freed before more is filled.
  std::optional<Task> Pick() {
    if (stopped_) return std::nullopt;
    const bool any = next_write_ < next_read_;
    if (any && StateOf(next_write_) == State::kSerialized) return Task{Stage::kWrite, next_write_};
    for (uint64_t item = next_write_; item < next_apply_; ++item)
      if (StateOf(item) == State::kApplied) return Task{Stage::kSerialize, item};
    if (next_apply_ < next_read_ && StateOf(next_apply_) == State::kParsed)
      return Task{Stage::kApply, next_apply_};
    for (uint64_t item = next_apply_; item < next_read_; ++item)
      if (StateOf(item) == State::kRead) return Task{Stage::kParse, item};
    if (!reading_ && !read_all_ && next_read_ - next_write_ < states_.size())
      return Task{Stage::kRead, next_read_};
    return std::nullopt;
  }

  void Begin(const Task& task) {
    switch (task.stage) {
      case Stage::kRead:
        reading_ = true;
        break;
      case Stage::kParse:
        StateOf(task.item) = State::kParsing;
        break;
      case Stage::kApply:
        StateOf(task.item) = State::kApplying;
        break;
      case Stage::kSerialize:
        StateOf(task.item) = State::kSerializing;
        break;
      case Stage::kWrite:
        StateOf(task.item) = State::kWriting;
        break;
    }
  }

  Outcome Run(const Task& task) {
    const size_t slot = SlotOf(task.item);
    Outcome outcome;
    switch (task.stage) {
      case Stage::kRead:
        outcome.more = stages_.Read(slot);
        break;
      case Stage::kParse:
        stages_.Parse(slot);
        break;
      case Stage::kApply:
        stages_.Apply(slot);
        break;
      case Stage::kSerialize:
        stages_.Serialize(slot);
        break;
      case Stage::kWrite:
        outcome.written = stages_.Write(slot);
        if (!outcome.written) stages_.CancelRead();
        break;
    }
    return outcome;
  }

  void End(const Task& task, const Outcome& outcome) {
    switch (task.stage) {
      case Stage::kRead:
        reading_ = false;
        read_all_ = !outcome.more;
        if (!outcome.more) break;
        StateOf(task.item) = State::kRead;
        ++next_read_;
        break;
      case Stage::kParse:
        StateOf(task.item) = State::kParsed;
        break;
      case Stage::kApply:
        StateOf(task.item) = State::kApplied;
        ++next_apply_;
        break;
      case Stage::kSerialize:
        StateOf(task.item) = State::kSerialized;
        break;
      case Stage::kWrite:
        ++next_write_;
        if (outcome.written) break;
        stopped_ = true;
        result_ = outcome.written;
        break;
    }
  }

  OrderedStages& stages_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  int waiting_ = 0;
  std::vector<State> states_;  // by slot
  uint64_t next_read_ = 0;
  uint64_t next_apply_ = 0;
  uint64_t next_write_ = 0;
  bool reading_ = false;
  bool read_all_ = false;
  bool stopped_ = false;
  Result<> result_;
};

}  // namespace

Result<> RunOrderedStages(OrderedStages& stages, unsigned threads) {
  if (threads <= 1) return RunOnOneThread(stages);
  Scheduler scheduler(stages, SlotsFor(threads));
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < threads; ++i) {
    workers.emplace_back([&scheduler] { scheduler.Work(); });
    pthread_setname_np(workers.back().native_handle(), "pidigree-worker");
  }
  scheduler.Work();
  workers.clear();
  return scheduler.TakeResult();
}

unsigned UsableCpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;  // more CPUs than cpu_set_t has bits
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace pidigree
