#include "src/base/recent_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string_view>

namespace pidigree {
namespace {

TEST(RecentTable, FindsWhatWasAdded) {
  RecentTable<uint64_t, int> table(1024);
  EXPECT_EQ(table.Find(1), nullptr);
  const auto [added, is_new] = table.FindOrAdd(1);
  EXPECT_TRUE(is_new);
  EXPECT_EQ(*added, 0);
  *added = 5;
  ASSERT_NE(table.Find(1), nullptr);
  EXPECT_EQ(*table.Find(1), 5);
  EXPECT_FALSE(table.FindOrAdd(1).second);
  EXPECT_EQ(table.Find(2), nullptr);
}

TEST(RecentTable, WhatWasNotUsedForLongestMakesRoom) {
  RecentTable<uint64_t, int> table(8);  // one place: eight entries
  for (uint64_t key = 0; key < 8; ++key) table.FindOrAdd(key);
  EXPECT_EQ(table.evicted(), 0u);
  EXPECT_NE(table.Find(0), nullptr);
  EXPECT_TRUE(table.FindOrAdd(8).second);
  EXPECT_EQ(table.evicted(), 1u);
  EXPECT_NE(table.Find(0), nullptr);
  EXPECT_EQ(table.Find(1), nullptr);
}

TEST(RecentTable, HoldsMostOfWhatItIsMadeFor) {
  RecentTable<uint64_t, int> table(4096);
  for (uint64_t key = 0; key < 2048; ++key) table.FindOrAdd(key);
  EXPECT_LT(table.evicted(), 2048u / 20);
}

// All have one place by std::hash, which is the same for everybody.
TEST(RecentTable, KeysThatSomebodyChoseDoNotDriveOutEachOther) {
  constexpr size_t kEntries = 1024;
  RecentTable<uint64_t, int> table(kEntries);
  size_t chosen = 0;
  for (uint64_t key = 0; chosen < 64; ++key) {
    const std::string_view bytes(reinterpret_cast<const char*>(&key), sizeof key);
    if (std::hash<std::string_view>()(bytes) % kEntries != 0) continue;
    table.FindOrAdd(key);
    ++chosen;
  }
  EXPECT_EQ(table.evicted(), 0u);
}

}  // namespace
}  // namespace pidigree
