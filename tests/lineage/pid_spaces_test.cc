#include "src/lineage/pid_spaces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pidigree {
namespace {

constexpr size_t kMaxBytes = 2000;  // for some hundred at most
constexpr uint32_t kMany = 10'000;

// Keeps what it begins, and says so.
struct Keeper {
  PidSpaces spaces{kMaxBytes};
  std::vector<PidSpace> kept;
  uint32_t asked = 0;

  PidSpace Begin(PidSpace above) {
    return spaces.Begin(above, [this](const auto& mark) {
      ++asked;
      for (const PidSpace space : kept) mark(space);
    });
  }
  PidSpace Keep(PidSpace above) { return kept.emplace_back(Begin(above)); }
};

TEST(PidSpaces, AreToldApart) {
  Keeper keeper;
  const PidSpace outer = keeper.Keep(PidSpace::kInitial);
  const PidSpace inner = keeper.Keep(outer);
  const PidSpace other = keeper.Keep(PidSpace::kInitial);
  EXPECT_TRUE(keeper.spaces.IsWithin(inner, outer));
  EXPECT_TRUE(keeper.spaces.IsWithin(outer, outer));
  EXPECT_FALSE(keeper.spaces.IsWithin(outer, inner));
  EXPECT_FALSE(keeper.spaces.IsWithin(other, outer));
  EXPECT_FALSE(keeper.spaces.IsWithin(PidSpace::kInner, outer));
}

TEST(PidSpaces, HoldWhoLivesThereAndBelow) {
  Keeper keeper;
  const PidSpace outer = keeper.Keep(PidSpace::kInitial);
  const PidSpace inner = keeper.Keep(outer);
  keeper.spaces.Enter(inner);
  keeper.spaces.Enter(PidSpace::kInner);
  EXPECT_FALSE(keeper.spaces.IsEmpty(outer));
  keeper.spaces.Leave(inner);
  EXPECT_TRUE(keeper.spaces.IsEmpty(outer));
}

// MAX_PID_NS_LEVEL of the kernel.
TEST(PidSpaces, AreAtMost32LevelsDeep) {
  Keeper keeper;
  PidSpace space = PidSpace::kInitial;
  for (int level = 1; level <= 32; ++level) {
    space = keeper.Keep(space);
    EXPECT_TRUE(IsCertain(space)) << level;
  }
  EXPECT_EQ(keeper.Keep(space), PidSpace::kInner);
  EXPECT_EQ(keeper.spaces.refused(), 0u);
}

TEST(PidSpaces, WhatNothingRefersToMakesRoom) {
  Keeper keeper;
  const PidSpace outer = keeper.Begin(PidSpace::kInitial);  // only the one below it is kept
  const PidSpace inner = keeper.Keep(outer);
  for (uint32_t i = 0; i < kMany; ++i) {
    const PidSpace space = keeper.Begin(inner);
    ASSERT_TRUE(IsCertain(space));
    ASSERT_NE(space, outer);
    ASSERT_NE(space, inner);
    ASSERT_TRUE(keeper.spaces.IsEmpty(space));
    ASSERT_TRUE(keeper.spaces.IsWithin(space, outer));
  }
  EXPECT_EQ(keeper.spaces.refused(), 0u);
}

TEST(PidSpaces, MoreThanThereIsRoomForAreCounted) {
  Keeper keeper;
  for (uint32_t i = 0; i < kMany; ++i) keeper.Keep(PidSpace::kInitial);
  EXPECT_EQ(keeper.spaces.refused(),
            static_cast<size_t>(std::ranges::count(keeper.kept, PidSpace::kInner)));
  EXPECT_GT(keeper.spaces.refused(), kMany - kMaxBytes / 4);
  EXPECT_LT(keeper.asked, kMany / 10) << "it looks at everything each time";
}

}  // namespace
}  // namespace pidigree
