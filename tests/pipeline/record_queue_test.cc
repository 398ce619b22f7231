#include "src/pipeline/record_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "schema/events.h"

namespace pidigree {
namespace {

std::unique_ptr<AgentBatch> BatchOf(size_t records) {
  auto batch = std::make_unique<AgentBatch>();
  for (size_t i = 0; i < records; ++i)
    batch->live.records.Append(batch->live.records.Make(kErrorReport));
  return batch;
}

size_t Records(const std::unique_ptr<AgentBatch>& batch) {
  return batch->live.records.records().size();
}

TEST(RecordQueue, KeepsTheOrder) {
  RecordQueue queue({.records = 10});
  for (size_t i = 1; i <= 3; ++i) {
    auto batch = BatchOf(i);
    EXPECT_TRUE(queue.Push(batch));
    EXPECT_EQ(batch, nullptr);
  }
  for (size_t i = 1; i <= 3; ++i) EXPECT_EQ(Records(queue.Pop()), i);
}

TEST(RecordQueue, LeavesABatchThatItHasNoRoomForWithTheCaller) {
  RecordQueue queue({.records = 4});
  auto first = BatchOf(3);
  auto second = BatchOf(2);
  ASSERT_TRUE(queue.Push(first));
  EXPECT_FALSE(queue.Push(second));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(Records(second), 2u);
}

TEST(RecordQueue, CountsWhatIsBeingWrittenUntilItIsGivenBack) {
  RecordQueue queue({.records = 4});
  auto first = BatchOf(3);
  auto second = BatchOf(1);
  auto third = BatchOf(1);
  ASSERT_TRUE(queue.Push(first));
  ASSERT_TRUE(queue.Push(second));
  auto writing = queue.Pop();
  ASSERT_EQ(Records(writing), 3u);
  EXPECT_EQ(queue.depth().records, 4u);
  EXPECT_FALSE(queue.Push(third));
  queue.GiveBack(std::move(writing));
  EXPECT_TRUE(queue.Push(third));
}

TEST(RecordQueue, IsBoundedByBytes) {
  RecordQueue queue({.bytes = BatchOf(1)->live.records.bytes()});
  auto first = BatchOf(1);
  auto second = BatchOf(1);
  ASSERT_TRUE(queue.Push(first));
  EXPECT_FALSE(queue.Push(second));
  EXPECT_EQ(queue.depth().most_bytes, queue.depth().bytes);
}

TEST(RecordQueue, TakesABatchThatIsLargerThanItsLimitsWhenItIsEmpty) {
  RecordQueue queue({.records = 1});
  auto batch = BatchOf(5);
  EXPECT_TRUE(queue.Push(batch));
}

TEST(RecordQueue, AlwaysHasRoomForTheAgentItself) {
  RecordQueue queue({.records = 1});
  auto batch = BatchOf(1);
  ASSERT_TRUE(queue.Push(batch));
  auto own = BatchOf(1);
  own->always = true;
  EXPECT_TRUE(queue.Push(own));
  EXPECT_EQ(queue.depth().records, 2u);
}

TEST(RecordQueue, IsDrainedOnlyOnceTheLastBatchHasBeenWritten) {
  RecordQueue queue({});
  auto batch = BatchOf(1);
  ASSERT_TRUE(queue.Push(batch));
  EXPECT_FALSE(queue.IsDrained());
  batch = queue.Pop();
  EXPECT_FALSE(queue.IsDrained());
  EXPECT_FALSE(queue.WaitUntilDrained(std::chrono::steady_clock::now()));
  std::thread writer([&] { queue.GiveBack(std::move(batch)); });
  EXPECT_TRUE(queue.WaitUntilDrained(std::chrono::steady_clock::time_point::max()));
  writer.join();
}

TEST(RecordQueue, TellsWhoWaitsOfBatchesThatAreOverdue) {
  RecordQueue queue({});
  std::atomic<int> overdue = 0;
  std::thread helper([&] {
    while (queue.WaitForOverdue()) {
      ++overdue;
      auto batch = queue.Pop();
      if (batch) queue.GiveBack(std::move(batch));
    }
  });
  auto batch = BatchOf(1);
  ASSERT_TRUE(queue.Push(batch));
  queue.FindOverdue(std::chrono::hours(1));
  EXPECT_EQ(queue.depth().records, 1u);
  EXPECT_EQ(overdue, 0);
  queue.FindOverdue(std::chrono::milliseconds(0));
  EXPECT_TRUE(queue.WaitUntilDrained(std::chrono::steady_clock::time_point::max()));
  queue.Close();
  helper.join();
  EXPECT_GE(overdue, 1);
}

TEST(RecordQueue, GivesBatchesBack) {
  RecordQueue queue({});
  EXPECT_EQ(queue.TakeBack(), nullptr);
  queue.GiveBack(BatchOf(2));
  EXPECT_EQ(Records(queue.TakeBack()), 2u);
  EXPECT_EQ(queue.TakeBack(), nullptr);
}

TEST(RecordQueue, HandsOutWhatIsLeftAfterItWasClosed) {
  RecordQueue queue({});
  auto batch = BatchOf(1);
  ASSERT_TRUE(queue.Push(batch));
  queue.Close();
  EXPECT_NE(queue.Pop(), nullptr);
  EXPECT_EQ(queue.Pop(), nullptr);
}

}  // namespace
}  // namespace pidigree
