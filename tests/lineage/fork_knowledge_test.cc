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
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

struct ForkCall {
  ForkCall(uint32_t serial, int64_t time_ms, uint32_t returned) : child(returned) {
    call.kind = CallKind::kFork;
    call.serial = serial;
    call.time_ms = time_ms;
  }
  LoggedFork fork() const { return {.call = &call, .child = child}; }

  LoggedCall call;
  uint32_t child;
};

const LoggedCall* CallOf(const LoggedFork* found) {
  return found == nullptr ? nullptr : found->call;
}

bool Any(const LoggedFork&) { return true; }

TEST(PendingForks, FindsTheFirstThatSuits) {
  PendingForks pending;
  const ForkCall early(10, 100, 500), late(20, 200, 500), other(5, 1, 501);
  for (const ForkCall* fork : {&late, &early, &other}) pending.Add(fork->fork());
  const auto is_late = [](const LoggedFork& fork) { return fork.call->time_ms == 200; };
  EXPECT_EQ(CallOf(pending.Find(0, 500, Any)), &early.call);
  EXPECT_EQ(CallOf(pending.Find(0, 500, is_late)), &late.call);
  EXPECT_EQ(pending.Find(0, 501, is_late), nullptr);
  EXPECT_EQ(pending.Find(1, 500, Any), nullptr);
  EXPECT_TRUE(pending.Remove(early.fork()));
  EXPECT_EQ(CallOf(pending.Find(0, 500, Any)), &late.call);
}

TEST(PendingForks, FindsThoseOfACaller) {
  PendingForks pending;
  ForkCall first(10, 100, 500), second(11, 100, 501), others(9, 100, 502);
  first.call.pid = second.call.pid = 300;
  others.call.pid = 301;
  for (const ForkCall* fork : {&second, &others, &first}) pending.Add(fork->fork());
  EXPECT_EQ(CallOf(pending.FindOf(0, 300, Any)), &first.call);
  EXPECT_TRUE(pending.Remove(first.fork()));
  EXPECT_EQ(CallOf(pending.FindOf(0, 300, Any)), &second.call);
  EXPECT_TRUE(pending.Remove(second.fork()));
  EXPECT_EQ(pending.FindOf(0, 300, Any), nullptr);
  EXPECT_EQ(CallOf(pending.FindOf(0, 301, Any)), &others.call);
}

TEST(PendingForks, OrdersSerialsAcrossTheirWrap) {
  PendingForks pending;
  const ForkCall before(0xffffffff, 100, 500), after(2, 100, 500);
  pending.Add(after.fork());
  pending.Add(before.fork());
  EXPECT_EQ(CallOf(pending.Find(0, 500, Any)), &before.call);
}

TEST(PendingForks, RemovesEachForkOnce) {
  PendingForks pending;
  const ForkCall a(1, 1, 500), b(2, 1, 500), c(3, 1, 500);
  for (const ForkCall* fork : {&a, &b, &c}) pending.Add(fork->fork());
  EXPECT_TRUE(pending.Remove(b.fork()));
  EXPECT_FALSE(pending.Remove(b.fork()));
  EXPECT_TRUE(pending.Remove(c.fork()));
  EXPECT_TRUE(pending.Remove(a.fork()));
  EXPECT_EQ(pending.Find(0, 500, Any), nullptr);
}

// All in one chain; the log has its records in any order.
TEST(PendingForks, LeaveInAnyOrder) {
  constexpr uint32_t kForks = 300;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    PendingForks pending;
    std::vector<ForkCall> forks;
    for (uint32_t i = 0; i < kForks; ++i) forks.emplace_back(i, 1, 500);
    for (const ForkCall& fork : forks) pending.Add(fork.fork());
    std::vector<uint32_t> order(kForks);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::shuffle(order, random);
    std::set<uint32_t> left(order.begin(), order.end());
    for (const uint32_t serial : order) {
      ASSERT_EQ(CallOf(pending.Find(0, 500, Any)), &forks[*left.begin()].call);
      ASSERT_TRUE(pending.Remove(forks[serial].fork()));
      left.erase(serial);
    }
    ASSERT_EQ(pending.Find(0, 500, Any), nullptr);
  }
}

// Looking for each from the first on would be 5,000,000,000 steps.
TEST(PendingForks, LeaveInTheOppositeOrderInNoTime) {
  PendingForks pending;
  std::vector<ForkCall> forks;
  for (uint32_t i = 0; i < 100'000; ++i) forks.emplace_back(i, 1, 500);
  for (const ForkCall& fork : forks) pending.Add(fork.fork());
  for (size_t i = forks.size(); i-- > 0;) ASSERT_TRUE(pending.Remove(forks[i].fork()));
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
  constexpr uint32_t kForks = kSanitized ? 50'000 : 100'000;
  for (uint32_t pid = 1; pid <= kForks; ++pid)
    candidates.Add(0, pid, {.ancestry = {.program = texts.Create({"x"})}});
  EXPECT_EQ(candidates.Find(0, 1), nullptr);
  EXPECT_NE(candidates.Find(0, kForks), nullptr);
  EXPECT_GT(candidates.dropped(), kForks - 40'000u);
  candidates.EraseNode(0);
  EXPECT_EQ(candidates.Find(0, kForks), nullptr);
  EXPECT_EQ(texts.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace pidigree
