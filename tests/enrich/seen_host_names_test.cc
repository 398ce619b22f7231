#include "src/enrich/seen_host_names.h"

#include <gtest/gtest.h>

namespace pidigree {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr IpAddress kAddress = IpAddress::V4(192, 0, 2, 1);

TEST(SeenHostNames, TheLatestCounts) {
  SeenHostNames names;
  EXPECT_EQ(names.Find(kAddress, 0), "");
  names.Learn(kAddress, "first.example.com", 3600, 0);
  names.Learn(kAddress, "second.example.com", 3600, 1);
  EXPECT_EQ(names.Find(kAddress, 2), "second.example.com");
  EXPECT_EQ(names.Find(IpAddress::V4(192, 0, 2, 2), 2), "");
}

TEST(SeenHostNames, AsLongAsTheServerSays) {
  SeenHostNames names;
  names.Learn(kAddress, "www.example.com", 3600, 0);
  EXPECT_EQ(names.Find(kAddress, 3600 * kSecond), "www.example.com");
  EXPECT_EQ(names.Find(kAddress, 3601 * kSecond), "");
}

TEST(SeenHostNames, ButTenMinutesAtLeastAndADayAtMost) {
  SeenHostNames names;
  names.Learn(kAddress, "www.example.com", 0, 0);
  EXPECT_EQ(names.Find(kAddress, 600 * kSecond), "www.example.com");
  EXPECT_EQ(names.Find(kAddress, 601 * kSecond), "");
  names.Learn(kAddress, "www.example.com", 0xffffffff, 0);
  EXPECT_EQ(names.Find(kAddress, 86'400 * kSecond), "www.example.com");
  EXPECT_EQ(names.Find(kAddress, 86'401 * kSecond), "");
}

}  // namespace
}  // namespace pidigree
