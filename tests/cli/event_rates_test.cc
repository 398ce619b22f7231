#include "src/cli/event_rates.h"

#include <gtest/gtest.h>

namespace pidigree {
namespace {

TEST(EventRates, NothingIsBoundedUnlessItIsAskedFor) {
  const Result<EventRates> rates = ParseEventRates({});
  ASSERT_TRUE(rates);
  EXPECT_EQ(*rates, EventRates{});
}

TEST(EventRates, AllThatTellWhatProcessesDo) {
  const Result<EventRates> rates = ParseEventRates({"500"});
  ASSERT_TRUE(rates);
  for (const int id : {2, 3, 7, 8, 9, 10, 11, 15, 17, 18, 22, 23, 25, 26, 29, 100})
    EXPECT_EQ(rates->at(static_cast<size_t>(id)), 500u) << id;
  for (const int id : {1, 4, 5, 16, 255}) EXPECT_EQ(rates->at(static_cast<size_t>(id)), 0u) << id;
}

TEST(EventRates, WhatComesLaterCounts) {
  const Result<EventRates> rates = ParseEventRates({"500", "11:20", "3:0"});
  ASSERT_TRUE(rates);
  EXPECT_EQ(rates->at(11), 20u);
  EXPECT_EQ(rates->at(3), 0u);
  EXPECT_EQ(rates->at(23), 500u);
}

TEST(EventRates, Refused) {
  for (const char* text : {"", "x", "-1", "1.5", "11:", ":5", "11:x", "1:5", "5:5", "4:5", "255:5",
                           "30:5", "11:5:5", " 5", "4294967296"})
    EXPECT_FALSE(ParseEventRates({text})) << text;
}

}  // namespace
}  // namespace pidigree
