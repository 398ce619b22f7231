#include "src/lineage/pid_order.h"

#include <gtest/gtest.h>

#include <random>

namespace pidigree {
namespace {

// The kernel's order: the next number after the last, 300 after the end.
class Kernel {
 public:
  explicit Kernel(uint32_t pid_max, uint32_t last) : pid_max_(pid_max), last_(last) {}
  uint32_t Next() {
    if (++last_ >= pid_max_) {
      last_ = 300;
      ++lap_;
    }
    return last_;
  }
  uint32_t lap() const { return lap_; }

 private:
  uint32_t pid_max_, last_, lap_ = 0;
};

TEST(PidOrder, ANumberBehindTheNewestWasHandedOutInThisLap) {
  PidOrder order;
  for (uint32_t pid = 1000; pid < 2000; ++pid) order.Advance(pid);
  EXPECT_EQ(order.Latest(1500), order.Latest(1500));
  EXPECT_LT(order.Latest(1500), order.newest());
  EXPECT_EQ(order.Distance(order.Latest(1500), order.newest()), 499u);
}

TEST(PidOrder, ALateSightOfAnOldNumberIsNoNewLap) {
  PidOrder order;
  for (uint32_t pid = 20'000; pid < 21'000; ++pid) order.Advance(pid);
  const uint64_t before = order.newest();
  order.Advance(700);
  order.Advance(5000);
  order.Advance(700);
  EXPECT_EQ(order.newest(), before);
}

TEST(PidOrder, AnOldProcessAheadOfTheNewestNumberMovesNothing) {
  PidOrder order;
  for (uint32_t pid = 1000; pid < 1100; ++pid) {
    order.Advance(pid);
    if (pid % 10 == 0) order.Advance(30'000);
  }
  EXPECT_EQ(static_cast<uint32_t>(order.newest()), 1099u);
}

TEST(PidOrder, OldProcessesInRisingOrderAreNoJumpWhileTheNewestNumberMovesOn) {
  PidOrder order;
  for (uint32_t i = 0; i < 300; ++i) {
    order.Advance(20'000 + i);
    if (i % 3 == 0) order.Advance(5000 + i);
  }
  EXPECT_EQ(static_cast<uint32_t>(order.newest()), 20'299u);
}

class Laps : public testing::TestWithParam<uint32_t> {};

// Only some of the numbers show up, slightly out of order and mixed with those of old processes.
TEST_P(Laps, AreCountedFromAThinAndDisorderlySequence) {
  Kernel kernel(GetParam(), GetParam() / 2);
  PidOrder order;
  std::mt19937 random(7);
  uint32_t held = 0;
  const uint64_t first_lap = order.newest() >> 32;
  uint64_t wrong = 0, asked = 0;  // sights at which the lap is not the kernel's
  for (uint32_t step = 0; step < 20 * GetParam(); ++step) {
    const uint32_t pid = kernel.Next();
    if (random() % 3 != 0) continue;  // never makes a record
    if (held == 0 && random() % 20 == 0) {
      held = pid;  // shows up later
      continue;
    }
    order.Advance(pid);
    if (held != 0 && random() % 4 == 0) {
      order.Advance(held);
      held = 0;
    }
    if (random() % 50 == 0)
      order.Advance(static_cast<uint32_t>(300 + random() % (GetParam() - 300)));
    ++asked;
    wrong += (order.newest() >> 32) - first_lap != kernel.lap();
  }
  EXPECT_GE(kernel.lap(), 18u);
  EXPECT_LT(static_cast<double>(wrong) / static_cast<double>(asked), 0.02);
}

INSTANTIATE_TEST_SUITE_P(PidMax, Laps, testing::Values(2000u, 8000u, 32768u));

TEST(PidOrder, DistanceGoesOverTheEndOfALap) {
  PidOrder order;
  for (uint32_t pid = 32'000; pid < 32'768; ++pid) order.Advance(pid);
  const uint64_t before = order.newest();
  for (uint32_t pid = 300; pid < 310; ++pid) order.Advance(pid);
  EXPECT_EQ(order.newest() >> 32, (before >> 32) + 1);
  EXPECT_NEAR(static_cast<double>(order.Distance(before, order.newest())), 10, 2);
  EXPECT_EQ(order.Distance(order.newest(), before), 0u);
}

class AtTheEndOfALap : public testing::Test {
 protected:
  AtTheEndOfALap() {
    for (int lap = 0; lap < 2; ++lap)
      for (uint32_t pid = 300; pid < 3990; ++pid) order_.Advance(pid);
    for (uint32_t pid = 3990; pid < 4000; ++pid) order_.Advance(pid);
    last_ = order_.newest();
  }
  PidOrder order_;
  uint64_t last_;
};

TEST_F(AtTheEndOfALap, TheFirstNumberOfTheNextIsTakenForNew) {
  EXPECT_EQ(order_.Latest(303) >> 32, (last_ >> 32) + 1);
  for (uint32_t pid = 303; pid < 306; ++pid) order_.Advance(pid);
  EXPECT_EQ(order_.newest(), (((last_ >> 32) + 1) << 32) + 305);
}

TEST_F(AtTheEndOfALap, LateSightsOfItsLastNumbersAreNoJump) {
  for (uint32_t pid = 303; pid < 306; ++pid) order_.Advance(pid);
  const uint64_t begun = order_.newest();
  for (uint32_t pid = 3985; pid < 3999; ++pid) order_.Advance(pid);
  EXPECT_EQ(order_.newest(), begun);
  EXPECT_EQ(order_.Latest(3990) >> 32, last_ >> 32);
}

TEST_F(AtTheEndOfALap, ANumberBeforeALesserOneIsOfTheLapBefore) {
  const uint64_t child = last_;  // 3999
  EXPECT_EQ(PidOrder::LatestBefore(3000, child), child - 999);
  const uint64_t next_child = ((last_ >> 32) + 1) << 32 | 303;
  EXPECT_EQ(PidOrder::LatestBefore(3000, next_child), child - 999);
}

TEST_F(AtTheEndOfALap, TheNumbersOfTheBootAreNeverGivenAgain) {
  EXPECT_EQ(order_.Latest(1), PidOrder().Latest(1));
}

}  // namespace
}  // namespace pidigree
