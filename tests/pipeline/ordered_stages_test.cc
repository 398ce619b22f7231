#include "src/pipeline/ordered_stages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "src/base/mutex.h"

namespace pidigree {
namespace {

// Passes numbers along and writes down what it sees. The plain members are safe only if the serial
// stages really are serial: ThreadSanitizer watches.
class NumberStages : public OrderedStages {
 public:
  explicit NumberStages(unsigned threads, int items) : items_(items), slots_(SlotsFor(threads)) {}

  bool Read(size_t slot) override {
    if (next_ == items_) return false;
    most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
    slots_.at(slot) = {next_++, 0};
    return true;
  }
  void Parse(size_t slot) override { Spin(slots_[slot].number), slots_[slot].steps += 1; }
  void Apply(size_t slot) override {
    applied_.push_back(slots_[slot].number);
    slots_[slot].steps += 10;
  }
  void Serialize(size_t slot) override { Spin(~slots_[slot].number), slots_[slot].steps += 100; }
  Result<> Write(size_t slot) override {
    if (slots_[slot].number == fail_at_) return Fail(ErrorCode::kSystem, "disk full");
    written_.push_back(slots_[slot].number);
    complete_ = complete_ && slots_[slot].steps == 111;
    --in_flight_;
    return {};
  }
  void CancelRead() override { cancelled_ = true; }

  int fail_at_ = -1;
  int items_;
  std::vector<int> applied_;
  std::vector<int> written_;
  bool complete_ = true;
  std::atomic<bool> cancelled_ = false;
  std::atomic<int> in_flight_ = 0;
  int most_in_flight_ = 0;

 protected:
  struct Slot {
    int number = 0;
    int steps = 0;
  };
  // Uneven work, so that items overtake each other in the parallel stages.
  static void Spin(int number) {
    for (int i = (number * 7919) & 1023; i > 0; --i)
      std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  std::vector<Slot> slots_;

 private:
  int next_ = 0;
};

std::vector<int> UpTo(int end) {
  std::vector<int> numbers;
  for (int i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

class OrderedStagesOn : public testing::TestWithParam<unsigned> {};

TEST_P(OrderedStagesOn, EveryItemPassesEveryStageInOrder) {
  NumberStages stages(GetParam(), 2000);
  ASSERT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_EQ(stages.applied_, UpTo(2000));
  EXPECT_EQ(stages.written_, UpTo(2000));
  EXPECT_TRUE(stages.complete_);
  EXPECT_FALSE(stages.cancelled_);
}

TEST_P(OrderedStagesOn, ItemsInFlightAreBounded) {
  NumberStages stages(GetParam(), 2000);
  ASSERT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_LE(static_cast<size_t>(stages.most_in_flight_), SlotsFor(GetParam()));
}

TEST_P(OrderedStagesOn, NoItemsAreNoError) {
  NumberStages stages(GetParam(), 0);
  EXPECT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_TRUE(stages.written_.empty());
}

TEST_P(OrderedStagesOn, AnErrorOfWritingEndsTheRun) {
  NumberStages stages(GetParam(), 2000);
  stages.fail_at_ = 100;
  const Result<> result = RunOrderedStages(stages, GetParam());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "disk full");
  EXPECT_EQ(stages.written_, UpTo(100));
  EXPECT_LE(stages.applied_.size(), 100 + SlotsFor(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Threads, OrderedStagesOn, testing::Values(1u, 2u, 3u, 8u));

// The second item is read only when the first has been written, as from a pipe whose writer waits
// for an answer.
class Dialogue : public NumberStages {
 public:
  explicit Dialogue(unsigned threads) : NumberStages(threads, 50) {}
  bool Read(size_t slot) override {
    MutexLock lock(mutex_);
    while (answered_ != asked_ && !cancelled_) changed_.Wait(lock);
    if (cancelled_) return false;
    ++asked_;
    return NumberStages::Read(slot);
  }
  Result<> Write(size_t slot) override {
    const Result<> result = NumberStages::Write(slot);
    const MutexLock lock(mutex_);
    ++answered_;
    changed_.NotifyAll();
    return result;
  }
  void CancelRead() override {
    const MutexLock lock(mutex_);
    cancelled_ = true;
    changed_.NotifyAll();
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  int asked_ GUARDED_BY(mutex_) = 0;
  int answered_ GUARDED_BY(mutex_) = 0;
};

TEST_P(OrderedStagesOn, WhatHasBeenReadIsWrittenBeforeMoreMustCome) {
  Dialogue stages(GetParam());
  ASSERT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_EQ(stages.written_, UpTo(50));
}

// The first item is applied only when all have been parsed: they must be while it is.
class ParsedFirst : public NumberStages {
 public:
  explicit ParsedFirst(unsigned threads)
      : NumberStages(threads, static_cast<int>(SlotsFor(threads))), unparsed_(items_) {}
  void Parse(size_t slot) override {
    NumberStages::Parse(slot);
    unparsed_.count_down();
  }
  void Apply(size_t slot) override {
    unparsed_.wait();
    NumberStages::Apply(slot);
  }

 private:
  std::latch unparsed_;
};

// Looks at who reads and who applies.
class Divided : public NumberStages {
 public:
  explicit Divided(unsigned threads) : NumberStages(threads, 200) {}
  bool Read(size_t slot) override {
    by_caller_ = by_caller_ || std::this_thread::get_id() == caller_;
    return NumberStages::Read(slot);
  }
  void Apply(size_t slot) override {
    by_others_ = by_others_ || std::this_thread::get_id() != caller_;
    NumberStages::Apply(slot);
  }

  const std::thread::id caller_ = std::this_thread::get_id();
  bool by_caller_ = false;
  bool by_others_ = false;
};

class OrderedStagesOnSeveral : public testing::TestWithParam<unsigned> {};

TEST_P(OrderedStagesOnSeveral, TheSerialStageRunsBesideTheParallelOnes) {
  ParsedFirst stages(GetParam());
  ASSERT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_EQ(stages.written_, UpTo(stages.items_));
}

TEST_P(OrderedStagesOnSeveral, TheCallerAppliesAndNeverReads) {
  Divided stages(GetParam());
  ASSERT_TRUE(RunOrderedStages(stages, GetParam()).has_value());
  EXPECT_FALSE(stages.by_caller_);
  EXPECT_FALSE(stages.by_others_);
}

INSTANTIATE_TEST_SUITE_P(Threads, OrderedStagesOnSeveral, testing::Values(2u, 3u, 8u));

TEST(UsableCpus, FollowsTheAffinityMask) {
  unsigned cpus = 0;
  std::thread pinned([&cpus] {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    cpus = UsableCpus();
  });
  pinned.join();
  EXPECT_EQ(cpus, 1u);
}

}  // namespace
}  // namespace pidigree
