#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace pidigree {

// Events, each written as a line that names what must be equal.
using EventKeys = std::multiset<std::string>;

// What the agent told must be what a witness saw.
inline void ExpectSame(const EventKeys& told, const EventKeys& seen) {
  const auto without = [](const EventKeys& some, const EventKeys& others) {
    std::vector<std::string> rest;
    std::ranges::set_difference(some, others, std::back_inserter(rest));
    return rest;
  };
  EXPECT_THAT(without(seen, told), testing::IsEmpty()) << "seen by the witness only";
  EXPECT_THAT(without(told, seen), testing::IsEmpty()) << "told by the agent only";
}

}  // namespace pidigree
