#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <utility>

#include "src/base/clock.h"
#include "src/base/mutex.h"
#include "src/event/event_source.h"

namespace pidigree {

// Clocks that a test sets while an agent runs.
class SetClock final : public Clock {
 public:
  uint64_t BootNs() const override { return boot_ns; }
  int64_t BootToUtcNs() const override { return boot_to_utc_ns; }

  std::atomic<uint64_t> boot_ns = 1'000'000'000'000;
  std::atomic<int64_t> boot_to_utc_ns = 0;
};

// Brings what a test tells it, and fails when a test wants it. Any thread.
class ScriptedKernel final : public EventSource, private ProcessMute {
 public:
  using Fact = std::function<void(FactConsumer&)>;

  // `task`: what each snapshot brings.
  explicit ScriptedKernel(TaskFact task) : task_(task) {}

  // Of an event that is `event`, if somebody wants that.
  void Tell(uint16_t event, Fact fact) {
    const MutexLock lock(mutex_);
    if (!attached_.test(event)) return;
    facts_.push_back(std::move(fact));
    changed_.NotifyAll();
  }
  // Keeps what it is told from now on until Wake().
  void Hold() {
    const MutexLock lock(mutex_);
    held_ = true;
    woken_ = false;
  }
  // Attach() and Snapshot() fail when they are called for the n-th time from now on, the first
  // being 1.
  void FailAt(std::set<int> calls) {
    const MutexLock lock(mutex_);
    calls_ = 0;
    fail_at_ = std::move(calls);
  }
  // Attach() fails if `events` are wanted.
  void Refuse(const EventSet& events) {
    const MutexLock lock(mutex_);
    refused_ = events;
  }
  void Lose(SourceLoss cause, uint64_t events) { lost_[static_cast<size_t>(cause)] += events; }

  EventSet attached() const {
    const MutexLock lock(mutex_);
    return attached_;
  }
  bool IsMuted(const ProcessKey& process) const {
    const MutexLock lock(mutex_);
    return muted_.contains(process);
  }

  Result<> Attach(const EventSet& wanted) override {
    const MutexLock lock(mutex_);
    if (fail_at_.contains(++calls_) || (wanted & refused_).any())
      return Fail(ErrorCode::kSystem, "a hook is refused");
    attached_ = wanted;
    return {};
  }
  Result<> Snapshot(FactConsumer& consumer) override {
    const MutexLock lock(mutex_);
    if (fail_at_.contains(++calls_)) return Fail(ErrorCode::kSystem, "no snapshot");
    consumer.Apply(task_);
    return {};
  }
  Result<size_t> Poll(std::chrono::milliseconds timeout, size_t max_facts,
                      FactConsumer& consumer) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::deque<Fact> taken;
    {
      MutexLock lock(mutex_);
      for (bool in_time = true; in_time && !woken_ && (held_ || facts_.empty());)
        in_time = changed_.WaitUntil(lock, deadline);
      if (std::exchange(woken_, false)) held_ = false;
      for (; !held_ && !facts_.empty() && taken.size() < max_facts; facts_.pop_front())
        taken.push_back(std::move(facts_.front()));
    }
    for (const Fact& fact : taken) fact(consumer);
    return taken.size();
  }
  void Wake() override {
    const MutexLock lock(mutex_);
    woken_ = true;
    changed_.NotifyAll();
  }
  SourceStatus Status() const override {
    SourceStatus status;
    std::ranges::copy(lost_, status.losses.begin());
    return status;
  }
  ProcessMute* mute() override { return this; }

 private:
  bool Mute(const ProcessKey& process, const Terms&) override {
    const MutexLock lock(mutex_);
    return muted_.insert(process).second;
  }
  void Unmute(const ProcessKey& process) override {
    const MutexLock lock(mutex_);
    muted_.erase(process);
  }
  void UnmuteAll() override {
    const MutexLock lock(mutex_);
    muted_.clear();
  }

  const TaskFact task_;
  std::array<std::atomic<uint64_t>, kSourceLosses> lost_{};
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Fact> facts_ GUARDED_BY(mutex_);
  bool held_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  EventSet attached_ GUARDED_BY(mutex_);
  EventSet refused_ GUARDED_BY(mutex_);
  int calls_ GUARDED_BY(mutex_) = 0;
  std::set<int> fail_at_ GUARDED_BY(mutex_);
  std::set<ProcessKey> muted_ GUARDED_BY(mutex_);
};

}  // namespace pidigree
