#include "src/pipeline/destination_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/pipeline/line_batch_of.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t kLine = 10'000;
constexpr size_t kThree = 3 * kLine + 2'000;  // room for so many

std::shared_ptr<const LineBatch> Batch(std::string text, int64_t second = 1) {
  text.resize(kLine, '.');
  return std::make_shared<const LineBatch>(*LineBatchOf({{1, std::move(text), second}}));
}

// What is left in it: the first letter of each line, and "GAP n".
std::vector<std::string> TakeAll(DestinationQueue& queue) {
  std::vector<std::string> all;
  while (const auto item = queue.TryPop()) {
    if (item->lines == nullptr) all.push_back("GAP " + std::to_string(item->gap.count));
    for (size_t i = 0; item->lines != nullptr && i < item->lines->size(); ++i)
      all.emplace_back(item->lines->lines.line(i).substr(2, 1));
  }
  return all;
}

TEST(DestinationQueue, GivesBackInOrder) {
  DestinationQueue queue({});
  EXPECT_EQ(queue.Push(Batch("a"), LossCause::kQueueFull).count, 0u);
  EXPECT_EQ(queue.Push(Batch("b"), LossCause::kQueueFull).count, 0u);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a", "b"));
  EXPECT_THAT(TakeAll(queue), IsEmpty());
}

TEST(DestinationQueue, LeavesAGapWhereTheNewestHadNoRoom) {
  DestinationQueue queue({.bytes = kThree});
  for (const char* text : {"a", "b", "c", "d"})
    static_cast<void>(queue.Push(Batch(text), LossCause::kQueueFull));
  EXPECT_THAT(TakeAll(queue), ElementsAre("a", "b", "c", "GAP 1"));
  queue.Done();
  EXPECT_EQ(queue.Push(Batch("e"), LossCause::kQueueFull).count, 0u);
  EXPECT_THAT(TakeAll(queue), ElementsAre("e"));
}

TEST(DestinationQueue, LeavesAGapWhereTheOldestMadeRoom) {
  DestinationQueue queue({.bytes = kThree, .drop = DestinationQueue::Drop::kOldest});
  for (const char* text : {"a", "b", "c"})
    EXPECT_EQ(queue.Push(Batch(text), LossCause::kSink).count, 0u);
  const LossReport lost = queue.Push(Batch("d", 9), LossCause::kSink);
  EXPECT_EQ(lost.count, 1u);
  EXPECT_EQ(lost.last, UtcTime::FromMilliseconds(1000)) << "the time of what was lost";
  EXPECT_EQ(queue.Push(Batch("e"), LossCause::kSink).count, 1u);
  EXPECT_THAT(TakeAll(queue), ElementsAre("GAP 2", "c", "d", "e"));
}

TEST(DestinationQueue, CountsWhatWasTakenUntilItIsDone) {
  DestinationQueue queue({.bytes = kThree});
  static_cast<void>(queue.Push(Batch("a"), LossCause::kQueueFull));
  static_cast<void>(queue.Push(Batch("b"), LossCause::kQueueFull));
  static_cast<void>(queue.Push(Batch("c"), LossCause::kQueueFull));
  ASSERT_TRUE(queue.TryPop());
  EXPECT_EQ(queue.Push(Batch("d"), LossCause::kQueueFull).count, 1u);
  queue.Done();
  EXPECT_EQ(queue.Push(Batch("e"), LossCause::kQueueFull).count, 0u);
}

TEST(DestinationQueue, TakesOneThatIsLargerThanTheLimitIfItIsEmpty) {
  DestinationQueue queue({.bytes = 100});
  EXPECT_EQ(queue.Push(Batch("a"), LossCause::kQueueFull).count, 0u);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
}

TEST(DestinationQueue, AlwaysTakesWhatTheAgentSaysOfItself) {
  for (const auto drop : {DestinationQueue::Drop::kNewest, DestinationQueue::Drop::kOldest}) {
    DestinationQueue queue({.bytes = kThree, .drop = drop});
    auto own = LineBatchOf({{4, "s"}});
    own->always = true;
    EXPECT_EQ(queue.Push(std::move(own), LossCause::kQueueFull).count, 0u);
    for (int i = 0; i < 100; ++i) static_cast<void>(queue.Push(Batch("x"), LossCause::kQueueFull));
    EXPECT_EQ(TakeAll(queue).front(), "s");
  }
}

TEST(DestinationQueue, NeitherTakesNorLosesWhatDoesNotPass) {
  DestinationQueue queue({.events = EventSet().set(5), .bytes = 100});
  EXPECT_EQ(queue.Push(LineBatchOf({{5, "a"}, {1, "b"}, {5, "c"}}), LossCause::kSink).count, 0u);
  EXPECT_EQ(queue.Push(LineBatchOf({{1, "d"}}), LossCause::kSink).count, 0u);
  EXPECT_EQ(queue.Push(LineBatchOf({{1, "e"}, {5, "f"}}), LossCause::kSink).count, 1u);
  queue.TryPop();
  const auto gap = queue.TryPop();
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->gap.count, 1u);
  EXPECT_FALSE(queue.TryPop());
}

TEST(DestinationQueue, CountsNoRoomThatABufferHadForEarlierLines) {
  DestinationQueue queue({.bytes = kThree});
  auto roomy = LineBatchOf({{1, "a"}});
  roomy->lines.bytes().Reserve(2 * kThree);
  EXPECT_EQ(queue.Push(std::move(roomy), LossCause::kQueueFull).count, 0u);
  ASSERT_TRUE(queue.TryPop());  // it is being written
  EXPECT_EQ(queue.Push(Batch("b"), LossCause::kQueueFull).count, 0u);
}

// However long the destination is away.
TEST(DestinationQueue, TakesNoMoreMemoryThanItMay) {
  for (const auto drop : {DestinationQueue::Drop::kNewest, DestinationQueue::Drop::kOldest}) {
    constexpr size_t kLimit = size_t{1} << 20;
    constexpr uint64_t kLines = 200'000;
    DestinationQueue queue({.bytes = kLimit, .drop = drop});
    uint64_t lost = 0;
    for (uint64_t i = 0; i < kLines; ++i) {
      lost += queue.Push(LineBatchOf({{1, std::string(100, 'x')}}), LossCause::kSink).count;
      ASSERT_LE(queue.bytes(), kLimit);
    }
    uint64_t left = 0;
    uint64_t gaps = 0;
    while (const auto item = queue.TryPop()) {
      left += item->lines ? item->lines->size() : 0;
      gaps += item->gap.count;
    }
    EXPECT_EQ(gaps, lost);
    EXPECT_EQ(left + lost, kLines);
    EXPECT_GT(left, kLimit / 1000);
  }
}

TEST(DestinationQueue, KeepsTheLastLinesWhenAllIsDropped) {
  DestinationQueue queue({});
  static_cast<void>(queue.Push(Batch("a"), LossCause::kQueueFull));
  static_cast<void>(queue.Push(Batch("b"), LossCause::kQueueFull));
  auto last = LineBatchOf({{4, "z"}});
  last->last = true;
  static_cast<void>(queue.Push(std::move(last), LossCause::kQueueFull));
  EXPECT_EQ(queue.DropAll(LossCause::kStop).count, 2u);
  EXPECT_THAT(TakeAll(queue), ElementsAre("GAP 2", "z"));
}

TEST(DestinationQueue, WaitsForLinesForWakeAndForTheEnd) {
  DestinationQueue queue({});
  std::thread other([&] { queue.Wake(); });
  EXPECT_FALSE(queue.Pop());
  other.join();
  EXPECT_FALSE(queue.IsDone());
  other = std::thread([&] { static_cast<void>(queue.Push(Batch("a"), LossCause::kQueueFull)); });
  EXPECT_TRUE(queue.Pop());
  other.join();
  other = std::thread([&] { queue.Close(); });
  EXPECT_FALSE(queue.Pop());
  other.join();
  EXPECT_TRUE(queue.IsDone());
}

}  // namespace
}  // namespace pidigree
