// What is known of forks before and without their children's records: PendingForks, ForkCandidates.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "src/lineage/fork_candidates.h"
#include "src/lineage/pending_forks.h"

namespace pidigree {
namespace {

ProcessFact Fork(uint32_t serial, int64_t time_ms, uint32_t child) {
  ProcessFact fork;
  fork.kind = FactKind::kFork;
  fork.serial = serial;
  fork.time_ms = time_ms;
  fork.other_pid = child;
  return fork;
}

TEST(PendingForks, FindsTheFirstThatSuits) {
  PendingForks pending;
  const ProcessFact early = Fork(10, 100, 500), late = Fork(20, 200, 500), other = Fork(5, 1, 501);
  for (const ProcessFact* fork : {&late, &early, &other}) pending.Add(*fork);
  const auto any = [](const ProcessFact&) { return true; };
  const auto is_late = [](const ProcessFact& fork) { return fork.time_ms == 200; };
  EXPECT_EQ(pending.Find(0, 500, any), &early);
  EXPECT_EQ(pending.Find(0, 500, is_late), &late);
  EXPECT_EQ(pending.Find(0, 501, is_late), nullptr);
  EXPECT_EQ(pending.Find(1, 500, any), nullptr);
  EXPECT_TRUE(pending.Remove(early));
  EXPECT_EQ(pending.Find(0, 500, any), &late);
}

TEST(PendingForks, FindsThoseOfACaller) {
  PendingForks pending;
  ProcessFact first = Fork(10, 100, 500), second = Fork(11, 100, 501), others = Fork(9, 100, 502);
  first.pid = second.pid = 300;
  others.pid = 301;
  for (const ProcessFact* fork : {&second, &others, &first}) pending.Add(*fork);
  const auto any = [](const ProcessFact&) { return true; };
  EXPECT_EQ(pending.FindOf(0, 300, any), &first);
  EXPECT_TRUE(pending.Remove(first));
  EXPECT_EQ(pending.FindOf(0, 300, any), &second);
  EXPECT_TRUE(pending.Remove(second));
  EXPECT_EQ(pending.FindOf(0, 300, any), nullptr);
  EXPECT_EQ(pending.FindOf(0, 301, any), &others);
}

TEST(PendingForks, OrdersSerialsAcrossTheirWrap) {
  PendingForks pending;
  const ProcessFact before = Fork(0xffffffff, 100, 500), after = Fork(2, 100, 500);
  pending.Add(after);
  pending.Add(before);
  EXPECT_EQ(pending.Find(0, 500, [](const ProcessFact&) { return true; }), &before);
}

TEST(PendingForks, RemovesEachForkOnce) {
  PendingForks pending;
  const ProcessFact a = Fork(1, 1, 500), b = Fork(2, 1, 500), c = Fork(3, 1, 500);
  for (const ProcessFact* fork : {&a, &b, &c}) pending.Add(*fork);
  EXPECT_TRUE(pending.Remove(b));
  EXPECT_FALSE(pending.Remove(b));
  EXPECT_TRUE(pending.Remove(c));
  EXPECT_TRUE(pending.Remove(a));
  EXPECT_EQ(pending.Find(0, 500, [](const ProcessFact&) { return true; }), nullptr);
}

// All in one chain; the log has its records in any order.
TEST(PendingForks, LeaveInAnyOrder) {
  constexpr uint32_t kForks = 300;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    PendingForks pending;
    std::vector<ProcessFact> forks;
    for (uint32_t i = 0; i < kForks; ++i) forks.push_back(Fork(i, 1, 500));
    for (const ProcessFact& fork : forks) pending.Add(fork);
    std::vector<uint32_t> order(kForks);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::shuffle(order, random);
    std::set<uint32_t> left(order.begin(), order.end());
    for (const uint32_t serial : order) {
      ASSERT_EQ(pending.Find(0, 500, [](const ProcessFact&) { return true; }),
                &forks[*left.begin()]);
      ASSERT_TRUE(pending.Remove(forks[serial]));
      left.erase(serial);
    }
    ASSERT_EQ(pending.Find(0, 500, [](const ProcessFact&) { return true; }), nullptr);
  }
}

// Looking for each from the first on would be 5,000,000,000 steps.
TEST(PendingForks, LeaveInTheOppositeOrderInNoTime) {
  PendingForks pending;
  std::vector<ProcessFact> forks;
  for (uint32_t i = 0; i < 100'000; ++i) forks.push_back(Fork(i, 1, 500));
  for (const ProcessFact& fork : forks) pending.Add(fork);
  for (size_t i = forks.size(); i-- > 0;) ASSERT_TRUE(pending.Remove(forks[i]));
}

TEST(ForkCandidates, TheNewestForANumberCounts) {
  SharedTextPool texts;
  ForkCandidates candidates(texts);
  candidates.Add(0, 500, {.ancestry = {.parent_pid = 1}});
  candidates.Add(0, 500, {.ancestry = {.parent_pid = 2}});
  ASSERT_NE(candidates.Find(0, 500), nullptr);
  EXPECT_EQ(candidates.Find(0, 500)->ancestry.parent_pid, 2u);
  EXPECT_EQ(candidates.Find(1, 500), nullptr);
  candidates.Erase(0, 500);
  EXPECT_EQ(candidates.Find(0, 500), nullptr);
}

TEST(ForkCandidates, TheOldestMakeRoomAndAreCounted) {
  SharedTextPool texts;
  ForkCandidates candidates(texts);
  for (uint32_t pid = 1; pid <= 100'000; ++pid)
    candidates.Add(0, pid, {.ancestry = {.program = texts.Create({"x"})}});
  EXPECT_EQ(candidates.Find(0, 1), nullptr);
  EXPECT_NE(candidates.Find(0, 100'000), nullptr);
  EXPECT_GT(candidates.dropped(), 60'000u);
  candidates.EraseNode(0);
  EXPECT_EQ(candidates.Find(0, 100'000), nullptr);
  EXPECT_EQ(texts.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace pidigree
