#include "src/base/utc_text.h"

#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <ostream>
#include <random>
#include <string>

namespace pidigree {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string Milliseconds(int64_t ns) {
  std::string out(kUtcMillisecondsSize, '\0');
  FormatUtcMilliseconds(ns, out.data());
  return out;
}

std::string Nanoseconds(int64_t ns) {
  std::string out(kUtcNanosecondsSize, '\0');
  FormatUtcNanoseconds(ns, out.data());
  return out;
}

// The seconds are what `date -u +%s -d ...` prints.
TEST(UtcText, HasAFixedForm) {
  EXPECT_EQ(Milliseconds(0), "1970-01-01 00:00:00.000");
  EXPECT_EQ(Nanoseconds(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(Milliseconds(1795453144 * kSecond + 386'999'999), "2026-11-23 16:59:04.386");
  EXPECT_EQ(Nanoseconds(1795453144 * kSecond + 5), "2026-11-23T16:59:04.000000005Z");
  EXPECT_EQ(Nanoseconds(951782399 * kSecond + 123456789), "2000-02-28T23:59:59.123456789Z");
  EXPECT_EQ(Nanoseconds(951782400 * kSecond), "2000-02-29T00:00:00.000000000Z");
  EXPECT_EQ(Milliseconds(-1), "1969-12-31 23:59:59.999");
}

TEST(UtcText, CoversTheWholeRange) {
  EXPECT_EQ(Nanoseconds(std::numeric_limits<int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(Nanoseconds(std::numeric_limits<int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
}

TEST(UtcText, AgreesWithTheSystemsCalendar) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; ++round) {
    const auto ns = static_cast<int64_t>(random());
    const time_t seconds = ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
    std::tm calendar{};
    ASSERT_NE(gmtime_r(&seconds, &calendar), nullptr);
    char expected[32];
    std::strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", &calendar);
    ASSERT_EQ(Milliseconds(ns).substr(0, 19), expected) << ns;
  }
}

TEST(UtcText, IsReadBack) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20000; ++round) {
    const auto ns = static_cast<int64_t>(random()) / 2;
    ASSERT_EQ(ParseUtcTime(Nanoseconds(ns)), ns);
    ASSERT_EQ(Milliseconds(ParseUtcTime(Milliseconds(ns)).value()), Milliseconds(ns));
  }
}

struct Case {
  const char* name;
  std::string_view text;
  int64_t seconds;
  int64_t ns = 0;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class ReadUtcText : public testing::TestWithParam<Case> {};

TEST_P(ReadUtcText, Accepts) {
  EXPECT_EQ(ParseUtcTime(GetParam().text), GetParam().seconds * kSecond + GetParam().ns);
}

INSTANTIATE_TEST_SUITE_P(
    Form, ReadUtcText,
    testing::Values(Case{"Date", "2026-11-23", 1795392000},
                    Case{"Minute", "2026-11-23 16:59", 1795453140},
                    Case{"Second", "2026-11-23 16:59:04", 1795453144},
                    Case{"Zulu", "2026-11-23T16:59:04Z", 1795453144},
                    Case{"LowerCase", "2026-11-23t16:59:04z", 1795453144},
                    Case{"East", "2026-11-23 16:59:04+01:00", 1795449544},
                    Case{"West", "2026-11-23T16:59:04-05:30", 1795472944},
                    Case{"OneDigit", "2026-11-23 16:59:04.1", 1795453144, 100'000'000},
                    Case{"NineDigits", "2026-11-23T16:59:04.123456789Z", 1795453144, 123'456'789},
                    Case{"LeapDay", "2024-02-29", 1709164800},
                    Case{"BeforeTheEpoch", "1969-12-31T23:59:59Z", -1}),
    [](const auto& test) { return std::string(test.param.name); });

class NoUtcText : public testing::TestWithParam<std::string_view> {};

TEST_P(NoUtcText, IsRefused) { EXPECT_EQ(ParseUtcTime(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(
    Text, NoUtcText,
    testing::Values("", "yesterday", "2026", "2026-11", "2026-1-2", "2026-13-01", "2026-00-01",
                    "2026-11-31", "2026-02-29", "2026-11-23 ", "2026-11-23T", "2026-11-23 16",
                    "2026-11-23 24:00", "2026-11-23 16:60", "2026-11-23 16:59:60",
                    "2026-11-23 16:59:04.", "2026-11-23 16:59:04.1234567890",
                    "2026-11-23 16:59:04 Z", "2026-11-23 16:59:04+1", "2026-11-23 16:59:04+01",
                    "2026-11-23 16:59:04+24:00", "2026-11-23 16:59:04ZZ", "-026-11-23",
                    "1600-01-01", "2300-01-01", "99999999999-01-01"));

}  // namespace
}  // namespace pidigree
