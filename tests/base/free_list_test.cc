#include "src/base/free_list.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace pidigree {
namespace {

TEST(FreeList, GivesOutWhatCameBackLast) {
  FreeList<int> list;
  const std::unique_ptr<int> first = list.Take();
  EXPECT_EQ(*first, 0);
  *first = 1;
  std::unique_ptr<int> second = list.Take();
  *second = 2;
  list.Give(std::make_unique<int>(3));
  list.Give(std::move(second));
  EXPECT_EQ(*list.Take(), 2);
  EXPECT_EQ(*list.Take(), 3);
  EXPECT_EQ(*list.Take(), 0) << "a new one";
}

TEST(FreeList, KeepsNoMoreThanItMay) {
  FreeList<int> list(1);
  list.Give(std::make_unique<int>(1));
  list.Give(std::make_unique<int>(2));
  EXPECT_EQ(*list.Take(), 1);
  EXPECT_EQ(*list.Take(), 0);
}

struct Text {
  std::string text;
  void Clear() { text.clear(); }
};

TEST(FreeList, SharedOneComesBackClearedWithItsLastReference) {
  FreeList<Text> list;
  auto taken = list.Take();
  const Text* const address = taken.get();
  taken->text = "of the one before";
  std::shared_ptr<Text> one = list.Share(std::move(taken));
  std::shared_ptr<Text> other = one;
  one.reset();
  EXPECT_EQ(other->text, "of the one before");
  EXPECT_NE(list.Take().get(), address);
  other.reset();
  const auto again = list.Take();
  EXPECT_EQ(again.get(), address);
  EXPECT_EQ(again->text, "");
}

TEST(FreeList, SharedOneOutlivesTheList) {
  std::optional<FreeList<Text>> list(std::in_place);
  const std::shared_ptr<Text> shared = list->Share(list->Take());
  list.reset();
  EXPECT_EQ(shared->text, "");
}

}  // namespace
}  // namespace pidigree
