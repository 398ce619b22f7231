#include "src/base/flat_index.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace pidigree {
namespace {

TEST(FlatIndex, FindsNothingWhenEmpty) {
  FlatIndex index;
  EXPECT_EQ(index.Find(0), FlatIndex::kNone);
  index.Erase(7);
  EXPECT_EQ(index.size(), 0u);
}

// Some bits of the product of a number, this and the factor of Fibonacci hashing are all 0.
constexpr uint64_t kInverse = 0xf1de83e19937733d;
static_assert(kInverse * 0x9e3779b97f4a7c15 == 1);

// The standard library's map is the second implementation.
TEST(FlatIndex, AgreesWithUnorderedMapUnderRandomUse) {
  std::mt19937_64 random(1);
  FlatIndex index;
  std::unordered_map<uint64_t, uint32_t> model;
  for (uint32_t step = 0; step < 200'000; ++step) {
    // Few keys, so that all collide; some of them chosen, from the middle on.
    uint64_t key = random() % 1000 << (random() % 2 * 32);
    if (step > 100'000 && random() % 2 == 0) key *= kInverse;
    switch (random() % 3) {
      case 0:
        index.Set(key, step);
        model[key] = step;
        break;
      case 1:
        index.Erase(key);
        model.erase(key);
        break;
      case 2: {
        const auto found = model.find(key);
        ASSERT_EQ(index.Find(key), found == model.end() ? FlatIndex::kNone : found->second);
        break;
      }
    }
    ASSERT_EQ(index.size(), model.size());
  }
}

// By a multiplication alone all belong into one slot, or each into the next.
TEST(FlatIndex, WalksNoFurtherWithKeysThatSomebodyChose) {
  constexpr uint32_t kKeys = 5000;
  for (const uint64_t step : {kInverse, kInverse << 32}) {
    FlatIndex index;
    for (uint32_t i = 0; i < kKeys; ++i) index.Set(i * step, i);
    ASSERT_EQ(index.size(), kKeys);
    EXPECT_LT(index.LongestRow(), kKeys / 5);
  }
}

// Each key stands in its own slot, and no row is long before it meets others.
TEST(FlatIndex, SeesRowsThatGrowTogether) {
  constexpr uint32_t kKeys = 4096;
  FlatIndex index;
  for (const uint32_t group : {0u, 4u, 2u, 6u, 1u, 5u, 3u, 7u})
    for (uint32_t i = group; i < kKeys; i += 8) index.Set(uint64_t{i} * (kInverse << 32), i);
  EXPECT_LT(index.LongestRow(), 200u);
}

// What a log of several hosts that have run for some time has.
TEST(FlatIndex, HardlyWalksWithNumbersInARow) {
  FlatIndex index;
  for (uint64_t pid = 1000; pid < 1500; ++pid)
    for (uint64_t host = 0; host < 80; ++host) index.Set(host << 32 | pid, 1);
  EXPECT_LT(index.LongestRow(), 32u);
}

}  // namespace
}  // namespace pidigree
