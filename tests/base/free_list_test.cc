#include "src/base/free_list.h"

#include <gtest/gtest.h>

namespace pidigree {
namespace {

TEST(FreeList, GivesOutWhatCameBackLast) {
  FreeList<int> list;
  auto first = list.Take();
  auto second = list.Take();
  const int* last = first.get();
  EXPECT_NE(first, second);
  list.Give(std::move(second));
  list.Give(std::move(first));
  EXPECT_EQ(list.Take().get(), last);
}

}  // namespace
}  // namespace pidigree
