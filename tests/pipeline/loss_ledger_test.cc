#include "src/pipeline/loss_ledger.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <random>
#include <string>

namespace pidigree {
namespace {

using std::chrono::seconds;

constexpr LossAccount::Steady kStart{std::chrono::hours(1)};

UtcTime Second(int64_t second) { return UtcTime::FromMilliseconds(second * 1000); }

TEST(LossAccount, SumsUpUntilTheReportIsDue) {
  LossAccount account;
  account.Add({LossCause::kSink, 2, Second(5), Second(6)});
  EXPECT_EQ(account.TakeDue(kStart).size(), 1u);
  account.Add({LossCause::kSink, 3, Second(8), Second(9)});
  account.Add({LossCause::kSink, 4, Second(7), Second(7)});
  EXPECT_TRUE(account.TakeDue(kStart + seconds(9)).empty());
  const auto reports = account.TakeDue(kStart + seconds(10));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].count, 7u);
  EXPECT_EQ(reports[0].first, Second(7));
  EXPECT_EQ(reports[0].last, Second(9));
}

TEST(LossAccount, ReportsEachCauseByItself) {
  LossAccount account;
  account.Add({LossCause::kSink, 1, Second(1), Second(1)});
  EXPECT_EQ(account.TakeDue(kStart).size(), 1u);
  account.Add({LossCause::kQueueFull, 1, Second(1), Second(1)});
  const auto reports = account.TakeDue(kStart);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].cause, LossCause::kQueueFull);
}

TEST(LossAccount, SaysNothingWithoutALoss) {
  LossAccount account;
  account.Add({LossCause::kSink, 0, Second(1), Second(1)});
  EXPECT_TRUE(account.TakeDue(kStart).empty());
  EXPECT_TRUE(account.TakeAll().empty());
}

TEST(LossAccount, TellsTheRestAtTheEndAtOnce) {
  LossAccount account;
  account.Add({LossCause::kSink, 1, Second(1), Second(1)});
  EXPECT_EQ(account.TakeDue(kStart).size(), 1u);
  account.Add({LossCause::kSink, 5, Second(2), Second(3)});
  const auto reports = account.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].count, 5u);
}

// Whatever the order of losses, reports and reports that could not be written: in the end each loss
// was told once.
TEST(LossAccount, IsExactInSum) {
  std::mt19937 random(1);
  LossAccount account;
  std::array<uint64_t, kLossCauses> lost{};
  std::array<uint64_t, kLossCauses> told{};
  std::array<LossAccount::Steady, kLossCauses> told_at{};
  auto now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::milliseconds(random() % 3000);
    const auto cause = random() % kLossCauses;
    const auto count = random() % 4;
    account.Add({static_cast<LossCause>(cause), count, Second(i), Second(i)});
    lost[cause] += count;
    for (const LossReport& report : account.TakeDue(now)) {
      const auto of = static_cast<size_t>(report.cause);
      ASSERT_GE(now - told_at[of], seconds(10));
      told_at[of] = now;
      if (random() % 3 == 0)
        account.GiveBack(report);
      else
        told[of] += report.count;
    }
  }
  for (const LossReport& report : account.TakeAll())
    told[static_cast<size_t>(report.cause)] += report.count;
  EXPECT_EQ(told, lost);
}

TEST(LossAccount, TellsOfEachDestinationByItself) {
  LossAccount account;
  account.Add({LossCause::kSink, 1, Second(1), Second(1), "a"});
  EXPECT_EQ(account.TakeDue(kStart).size(), 1u);
  account.Add({LossCause::kSink, 2, Second(1), Second(1), "a"});
  account.Add({LossCause::kSink, 3, Second(1), Second(1), "b"});
  const auto reports = account.TakeDue(kStart);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].destination, "b");
}

TEST(LossAccount, TellsTheLastFailureOfEachDestinationOnce) {
  LossAccount account;
  EXPECT_FALSE(account.IsDue(kStart));
  account.Add(OutputFailure{"a", "first"});
  account.Add(OutputFailure{"a", "second"});
  EXPECT_TRUE(account.IsDue(kStart));
  const auto failures = account.TakeFailures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].text, "second");
  EXPECT_FALSE(account.IsDue(kStart));
}

TEST(LossLedger, TellsEveryDestinationOfWhatAllLackAndOthersOfWhatOneDoes) {
  LossLedger ledger;
  LossAccount one;
  LossAccount other;
  ledger.Subscribe(one);
  ledger.Subscribe(other);
  ledger.Add({LossCause::kRingFull, 2, Second(1), Second(1)});
  ledger.AddElsewhere(one, {LossCause::kSink, 3, Second(1), Second(1), "one"});
  EXPECT_TRUE(ledger.IsDue(kStart));
  ASSERT_EQ(one.TakeAll().size(), 1u);
  const auto reports = other.TakeAll();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].destination, "one");
  EXPECT_EQ(ledger.totals()[static_cast<size_t>(LossCause::kRingFull)], 2u);
  EXPECT_EQ(ledger.totals()[static_cast<size_t>(LossCause::kSink)], 3u);
}

TEST(LossReport, ReadsAsTheDocumentationSays) {
  const LossReport report{LossCause::kRingFull, 12, Second(1763917144), Second(1763917145)};
  EXPECT_EQ(NameOf(report.cause), "RING_FULL");
  EXPECT_EQ(DescriptionOf(report),
            "12 events lost from 2025-11-23 16:59:04.000 to 2025-11-23 16:59:05.000");
}

TEST(LossReport, NamesTheDestinationThatLost) {
  const LossReport report{LossCause::kSink, 1, Second(0), Second(0), "/var/log/events"};
  EXPECT_EQ(DescriptionOf(report),
            "1 events lost from 1970-01-01 00:00:00.000 to 1970-01-01 00:00:00.000, output "
            "/var/log/events");
}

}  // namespace
}  // namespace pidigree
