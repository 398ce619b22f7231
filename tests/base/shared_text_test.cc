#include "src/base/shared_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

TEST(SharedText, KeepsItsPartsApart) {
  SharedTextPool pool;
  SharedText* text = pool.Create({"one", "", "three", "4"});
  EXPECT_EQ(text->part(0), "one");
  EXPECT_EQ(text->part(1), "");
  EXPECT_EQ(text->part(2), "three");
  EXPECT_EQ(text->part(3), "4");
  pool.Release(text);
}

TEST(SharedText, LivesUntilItsLastReferenceIsReleased) {
  SharedTextPool pool;
  SharedText* text = pool.Create({"kept"});
  pool.Retain(text);
  pool.Release(text);
  EXPECT_EQ(text->part(0), "kept");
  EXPECT_GT(pool.bytes_in_use(), 0u);
  pool.Release(text);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(SharedText, NullIsNoText) {
  SharedTextPool pool;
  EXPECT_EQ(pool.Retain(nullptr), nullptr);
  pool.Release(nullptr);
}

TEST(SharedTextPool, ReusesWhatWasReleased) {
  SharedTextPool pool;
  pool.Release(pool.Create({std::string(1000, 'x')}));
  const size_t held = pool.bytes_held();
  for (int i = 0; i < 100'000; ++i) pool.Release(pool.Create({std::string(1000, 'y')}));
  EXPECT_EQ(pool.bytes_held(), held);
}

TEST(SharedTextPool, KeepsManySizesIntactUnderRandomUse) {
  SharedTextPool pool;
  std::mt19937 random(1);
  std::vector<std::pair<SharedText*, std::string>> alive;
  for (int step = 0; step < 20'000; ++step) {
    if (alive.size() > 200) {
      const size_t i = random() % alive.size();
      ASSERT_EQ(alive[i].first->part(1), alive[i].second);
      pool.Release(alive[i].first);
      alive[i] = alive.back();
      alive.pop_back();
    }
    const std::string content(random() % (step % 50 == 0 ? 50'000 : 500),
                              static_cast<char>('a' + step % 26));
    alive.emplace_back(pool.Create({"image", content}), content);
  }
  for (const auto& [text, content] : alive) pool.Release(text);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace pidigree
