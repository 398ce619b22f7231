#include "src/enrich/patient_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/slow_name_service.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kSecond = 1000 * kMillisecond;
constexpr IpAddress kKnown = IpAddress::V4(192, 0, 2, 1);
constexpr IpAddress kNameless = IpAddress::V4(192, 0, 2, 2);

IpAddress Numbered(size_t number) {
  return IpAddress::V4(10, 0, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
}

class PatientLookupTest : public testing::Test {
 protected:
  PatientLookupTest() {
    resolver_.clock = &clock_;
    clock_.boot_ns = 1000 * kSecond;
    resolver_.names[kKnown] = "one.example.net";
  }

  FixedClock clock_;
  SlowNameService<IpAddress> resolver_;
  PatientLookup<IpAddress> lookup_{&resolver_, clock_};
};

TEST_F(PatientLookupTest, AsksOncePerLifeOfAnAnswer) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(lookup_.Find(kKnown).text, "one.example.net");
    EXPECT_EQ(lookup_.Find(kNameless).text, "");
  }
  EXPECT_THAT(resolver_.asked, ElementsAre(kKnown, kNameless));
  clock_.boot_ns += 60 * kSecond;
  lookup_.Find(kKnown);
  lookup_.Find(kNameless);
  EXPECT_THAT(resolver_.asked, ElementsAre(kKnown, kNameless, kNameless));
  clock_.boot_ns += 540 * kSecond;
  lookup_.Find(kKnown);
  EXPECT_THAT(resolver_.asked, SizeIs(4));
  EXPECT_EQ(lookup_.late(), 0u);
}

TEST_F(PatientLookupTest, WaitsForAnAnswerThatTakesALittle) {
  resolver_.takes_ns = 30 * kMillisecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "one.example.net");
  EXPECT_EQ(resolver_.waited_ns, 30 * kMillisecond);
  EXPECT_EQ(lookup_.late(), 0u);
}

TEST_F(PatientLookupTest, WaitsOnceForALateAnswerAndThenHasIt) {
  resolver_.takes_ns = kSecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "");
  EXPECT_EQ(lookup_.Find(kKnown).text, "");
  EXPECT_EQ(resolver_.waited_ns, 100 * kMillisecond);
  EXPECT_EQ(lookup_.late(), 2u);
  clock_.boot_ns += kSecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "one.example.net");
  EXPECT_THAT(resolver_.asked, ElementsAre(kKnown));
  EXPECT_EQ(resolver_.waited_ns, 100 * kMillisecond);
}

// A little longer than is waited for: no reason never to know.
TEST_F(PatientLookupTest, ServiceThatNeeds150MsIsHeardByTheNextEvent) {
  resolver_.takes_ns = 150 * kMillisecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "");
  EXPECT_EQ(lookup_.late(), 1u);
  clock_.boot_ns += kSecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "one.example.net");
  EXPECT_EQ(lookup_.late(), 1u);
}

TEST_F(PatientLookupTest, LateAnswerIsTakenByTheCallForAnother) {
  resolver_.takes_ns = kSecond;
  EXPECT_EQ(lookup_.Find(kKnown).text, "");
  clock_.boot_ns += kSecond;
  EXPECT_EQ(lookup_.Find(kNameless).text, "");
  EXPECT_EQ(lookup_.Find(kKnown).text, "one.example.net");
  EXPECT_THAT(resolver_.asked, ElementsAre(kKnown, kNameless));
}

TEST_F(PatientLookupTest, DeadResolverIsWaitedForOnce) {
  resolver_.takes_ns = SlowNameService<IpAddress>::kNever;
  for (size_t i = 0; i < 10'000; ++i) EXPECT_EQ(lookup_.Find(Numbered(i)).text, "");
  EXPECT_THAT(resolver_.asked, SizeIs(1));
  EXPECT_EQ(resolver_.waited_ns, 100 * kMillisecond);
  EXPECT_EQ(lookup_.late(), 10'000u);
}

// Each takes a little less than what is waited for, or longer; a host is asked for every 5 ms.
TEST_F(PatientLookupTest, SlowResolverTakesATenthOfTheTime) {
  for (const uint64_t takes_ms : {1u, 20u, 99u, 101u, 5000u}) {
    FixedClock clock;
    SlowNameService<IpAddress> resolver;
    resolver.clock = &clock;
    PatientLookup<IpAddress> lookup(&resolver, clock);
    resolver.takes_ns = takes_ms * kMillisecond;
    for (size_t i = 0; i < 10'000; ++i) {
      lookup.Find(Numbered(i));
      clock.boot_ns += 5 * kMillisecond;
    }
    EXPECT_LE(resolver.waited_ns, clock.boot_ns / 10 + 100 * kMillisecond) << takes_ms;
    EXPECT_THAT(resolver.asked, testing::Not(IsEmpty()));
  }
}

TEST_F(PatientLookupTest, KeepsABoundedNumber) {
  for (size_t i = 0; i < 50'000; ++i) lookup_.Find(Numbered(i));
  lookup_.Find(Numbered(49'999));
  EXPECT_THAT(resolver_.asked, SizeIs(50'000));
  lookup_.Find(Numbered(0));
  EXPECT_THAT(resolver_.asked, SizeIs(50'001));
}

TEST_F(PatientLookupTest, NamesAreAnyBytesButBounded) {
  resolver_.names[kKnown] = "a\n\xff";
  EXPECT_EQ(lookup_.Find(kKnown).text, "a\n\xff");
  resolver_.names[kNameless] = std::string(2000, 'a');
  EXPECT_EQ(lookup_.Find(kNameless).text, std::string(1024, 'a'));
}

TEST(PatientLookup, WithoutAServiceNobodyIsAsked) {
  const FixedClock clock;
  PatientLookup<IpAddress> lookup(nullptr, clock);
  EXPECT_EQ(lookup.Find(kKnown).text, "");
  EXPECT_EQ(lookup.late(), 0u);
}

}  // namespace
}  // namespace pidigree
