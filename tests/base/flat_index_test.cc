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

// The standard library's map is the second implementation.
TEST(FlatIndex, AgreesWithUnorderedMapUnderRandomUse) {
  std::mt19937_64 random(1);
  FlatIndex index;
  std::unordered_map<uint64_t, uint32_t> model;
  for (uint32_t step = 0; step < 200'000; ++step) {
    const uint64_t key = random() % 1000 << (random() % 2 * 32);  // few keys, so that all collide
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

}  // namespace
}  // namespace pidigree
