#include "src/base/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pidigree {
namespace {

using testing::ElementsAre;

TEST(Split, HasOnePartMoreThanSeparators) {
  EXPECT_THAT(Split("a;b", ';'), ElementsAre("a", "b"));
  EXPECT_THAT(Split(";a;", ';'), ElementsAre("", "a", ""));
  EXPECT_THAT(Split("a", ';'), ElementsAre("a"));
  EXPECT_THAT(Split("", ';'), ElementsAre(""));
}

TEST(TakeBefore, TakesTheSeparator) {
  std::string_view text = "a:b:";
  EXPECT_EQ(TakeBefore(':', text), "a");
  EXPECT_EQ(TakeBefore(':', text), "b");
  EXPECT_EQ(text, "");
  EXPECT_EQ(TakeBefore(':', text), "");
  text = "all";
  EXPECT_EQ(TakeBefore(':', text), "all");
  EXPECT_EQ(text, "");
}

TEST(Trim, LeavesBlanksInside) {
  EXPECT_EQ(Trim(" \ta b ", " \t"), "a b");
  EXPECT_EQ(Trim(" \t", " \t"), "");
  EXPECT_EQ(Trim("", " \t"), "");
  EXPECT_EQ(Trim("a", " \t"), "a");
}

}  // namespace
}  // namespace pidigree
