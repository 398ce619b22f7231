#include "src/base/parse_number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace pidigree {
namespace {

TEST(ParseNumber, TakesWholeNumbersThatFit) {
  uint8_t number = 0;
  EXPECT_TRUE(ParseNumber("255", number));
  EXPECT_EQ(number, 255);
  EXPECT_TRUE(ParseNumber("fF", number, 16));
  EXPECT_EQ(number, 255);
  int64_t negative = 0;
  EXPECT_TRUE(ParseNumber("-7", negative));
  EXPECT_EQ(negative, -7);
}

TEST(ParseNumber, LeavesTheNumberAloneOtherwise) {
  for (const char* text : {"", "256", "-1", "+1", " 1", "1 ", "1x", "0x1"}) {
    uint8_t number = 42;
    EXPECT_FALSE(ParseNumber(text, number)) << text;
    EXPECT_EQ(number, 42) << text;
  }
}

}  // namespace
}  // namespace pidigree
