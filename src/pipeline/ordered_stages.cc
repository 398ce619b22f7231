#include "src/pipeline/ordered_stages.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "src/base/mutex.h"

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

enum Stage : uint8_t { kRead, kParse, kApply, kSerialize, kWrite };
constexpr size_t kStages = 5;

// What a thread is for. What one stage leaves in the cache of a processor the next one finds there,
// so that a thread takes work of the other role only where that one has too much or too little.
enum Role : uint8_t { kBack, kFront };
constexpr size_t kRoles = 2;

// What to do, most wanted first, by role and whether work is to be left to the other role. The
// farthest along comes first, so that memory is freed before more is filled.
using Preference = std::array<Stage, 4>;
constexpr Preference kPreferences[kRoles][2] = {
    {{kWrite, kSerialize, kApply, kParse}, {kApply, kWrite, kSerialize, kParse}},
    {{kParse, kRead, kSerialize, kWrite}, {kRead, kParse, kSerialize, kWrite}},
};

// Hands out tasks to threads: one in the back, the others in front. Items are numbered as they are
// read; item i lives in slot i modulo the number of slots, so that the items in flight are
// next_[kWrite] to next_[kRead] - 1.
class Scheduler {
 public:
  Scheduler(OrderedStages& stages, size_t slots) : stages_(stages), slots_(slots) {}

  // The life of one thread.
  void Work(Role role) {
    MutexLock lock(mutex_);
    while (!Finished()) {
      const std::optional<Task> task = Pick(role);
      if (task) Begin(*task);
      for (const Role other : {kBack, kFront})
        if (waiting_[other] > 0 && Pick(other)) changed_[other].NotifyOne();
      if (!task) {
        ++waiting_[role];
        changed_[role].Wait(lock);
        --waiting_[role];
        continue;
      }
      lock.Unlock();
      const Outcome outcome = Run(*task);
      lock.Lock();
      End(*task, outcome);
    }
    for (ConditionVariable& changed : changed_) changed.NotifyAll();
  }

  Result<> TakeResult() {
    const MutexLock lock(mutex_);
    return std::move(result_);
  }

 private:
  struct Task {
    Stage stage;
    uint64_t item;
    size_t slot;  // of the item
  };
  struct Outcome {
    bool more = true;  // of Read()
    Result<> written;
  };
  struct Slot {
    Stage stage = kRead;   // what is to be done to the item next,
    bool running = false;  // or is being done
  };

  size_t SlotOf(uint64_t item) const REQUIRES(mutex_) { return item % slots_.size(); }

  bool Finished() const REQUIRES(mutex_) {
    return stopped_ || (read_all_ && next_[kWrite] == next_[kRead]);
  }

  std::optional<Task> Pick(Role role) REQUIRES(mutex_) {
    if (stopped_) return std::nullopt;
    for (const Stage stage : kPreferences[role][LeavesWork(role)])
      if (const std::optional<uint64_t> item = FirstReady(stage))
        return Task{stage, *item, SlotOf(*item)};
    return std::nullopt;
  }

  // A thread in front that waits alone will soon have room to read; several are more than reading
  // and parsing keep busy.
  bool LeavesWork(Role role) const REQUIRES(mutex_) {
    return role == kBack ? waiting_[kFront] > 1 : waiting_[kBack] > 0;
  }

  std::optional<uint64_t> FirstReady(Stage stage) REQUIRES(mutex_) {
    const auto ready = [&](uint64_t item) REQUIRES(mutex_) {
      const Slot& slot = slots_[SlotOf(item)];
      return slot.stage == stage && !slot.running;
    };
    switch (stage) {
      case kRead: {
        const uint64_t item = next_[kRead];
        const bool has_room = item - next_[kWrite] < slots_.size();
        return has_room && !read_all_ && ready(item) ? std::optional(item) : std::nullopt;
      }
      case kApply:
      case kWrite: {
        const uint64_t item = next_[stage];
        return item < next_[kRead] && ready(item) ? std::optional(item) : std::nullopt;
      }
      case kParse:
      case kSerialize:
        for (uint64_t item = next_[kWrite]; item < next_[kRead]; ++item)
          if (ready(item)) return item;
        return std::nullopt;
    }
    return std::nullopt;
  }

  void Begin(const Task& task) REQUIRES(mutex_) { slots_[task.slot].running = true; }

  Outcome Run(const Task& task) {
    Outcome outcome;
    switch (task.stage) {
      case kRead:
        outcome.more = stages_.Read(task.slot);
        break;
      case kParse:
        stages_.Parse(task.slot);
        break;
      case kApply:
        stages_.Apply(task.slot);
        break;
      case kSerialize:
        stages_.Serialize(task.slot);
        break;
      case kWrite:
        outcome.written = stages_.Write(task.slot);
        if (!outcome.written) stages_.CancelRead();
        break;
    }
    return outcome;
  }

  void End(const Task& task, const Outcome& outcome) REQUIRES(mutex_) {
    Slot& slot = slots_[task.slot];
    slot.running = false;
    if (!outcome.more) {
      read_all_ = true;
      return;
    }
    slot.stage = task.stage == kWrite ? kRead : static_cast<Stage>(task.stage + 1);
    ++next_[task.stage];
    if (outcome.written) return;
    stopped_ = true;
    result_ = outcome.written;
  }

  OrderedStages& stages_;

  Mutex mutex_;
  std::array<ConditionVariable, kRoles> changed_;
  std::array<int, kRoles> waiting_ GUARDED_BY(mutex_){};
  std::vector<Slot> slots_ GUARDED_BY(mutex_);
  // The item that a serial stage takes next.
  std::array<uint64_t, kStages> next_ GUARDED_BY(mutex_){};
  bool read_all_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  Result<> result_ GUARDED_BY(mutex_);
};

}  // namespace

Result<> RunOrderedStages(OrderedStages& stages, unsigned threads) {
  if (threads <= 1) return RunOnOneThread(stages);
  Scheduler scheduler(stages, SlotsFor(threads));
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < threads; ++i) {
    workers.emplace_back([&scheduler] { scheduler.Work(kFront); });
    pthread_setname_np(workers.back().native_handle(), "pidigree-worker");
  }
  scheduler.Work(kBack);
  workers.clear();
  return scheduler.TakeResult();
}

unsigned UsableCpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;  // more CPUs than cpu_set_t has bits
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace pidigree
