#include "src/lineage/start_ticks.h"

#include <gtest/gtest.h>

namespace pidigree {
namespace {

TEST(StartTicks, AreTheStampInHundredthsOfASecond) {
  StartTicks ticks(1 << 20);
  bool moved = true;
  EXPECT_EQ(ticks.Take(0, 500, 1'700'000'000'129, moved), 170'000'000'012u);
  EXPECT_FALSE(moved);
}

TEST(StartTicks, ALaterProcessWithThePidTakesTheNextFreeTick) {
  StartTicks ticks(1 << 20);
  bool moved = false;
  ticks.Take(0, 500, 1000, moved);
  EXPECT_EQ(ticks.Take(0, 500, 1005, moved), 101u);
  EXPECT_TRUE(moved);
  EXPECT_EQ(ticks.Take(0, 500, 200, moved), 102u);  // the clock went back
  EXPECT_EQ(ticks.Take(0, 501, 1005, moved), 100u);
  EXPECT_EQ(ticks.Take(1, 500, 1005, moved), 100u);
}

TEST(StartTicks, StayUniqueWithoutTheMemoryToKnowEachPid) {
  StartTicks ticks(1024);  // two pages
  bool moved = false;
  ticks.Take(0, 1, 50'000, moved);
  for (uint32_t pid = 64; pid < 64 * 10; pid += 64) ticks.Take(0, pid, 10, moved);
  EXPECT_GT(ticks.Take(0, 1, 50'000, moved), 5000u);
  EXPECT_EQ(ticks.Take(7, 1, 10, moved), 1u);  // other nodes are not concerned
}

}  // namespace
}  // namespace pidigree
