#include "src/pipeline/loss_ledger.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <random>
#include <string>

namespace pidigree {
namespace {

using std::chrono::seconds;

constexpr LossLedger::Steady kStart{std::chrono::hours(1)};

UtcTime Second(int64_t second) { return UtcTime::FromMilliseconds(second * 1000); }

TEST(LossLedger, SumsUpUntilTheReportIsDue) {
  LossLedger ledger;
  ledger.Add({LossCause::kSink, 2, Second(5), Second(6)});
  EXPECT_EQ(ledger.TakeDue(kStart).size(), 1u);
  ledger.Add({LossCause::kSink, 3, Second(8), Second(9)});
  ledger.Add({LossCause::kSink, 4, Second(7), Second(7)});
  EXPECT_TRUE(ledger.TakeDue(kStart + seconds(9)).empty());
  const auto reports = ledger.TakeDue(kStart + seconds(10));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].count, 7u);
  EXPECT_EQ(reports[0].first, Second(7));
  EXPECT_EQ(reports[0].last, Second(9));
}

TEST(LossLedger, ReportsEachCauseByItself) {
  LossLedger ledger;
  ledger.Add({LossCause::kSink, 1, Second(1), Second(1)});
  EXPECT_EQ(ledger.TakeDue(kStart).size(), 1u);
  ledger.Add({LossCause::kQueueFull, 1, Second(1), Second(1)});
  const auto reports = ledger.TakeDue(kStart);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].cause, LossCause::kQueueFull);
}

TEST(LossLedger, SaysNothingWithoutALoss) {
  LossLedger ledger;
  ledger.Add({LossCause::kSink, 0, Second(1), Second(1)});
  EXPECT_TRUE(ledger.TakeDue(kStart).empty());
  EXPECT_TRUE(ledger.TakeAll().empty());
}

TEST(LossLedger, TellsTheRestAtTheEndAtOnce) {
  LossLedger ledger;
  ledger.Add({LossCause::kSink, 1, Second(1), Second(1)});
  EXPECT_EQ(ledger.TakeDue(kStart).size(), 1u);
  ledger.Add({LossCause::kSink, 5, Second(2), Second(3)});
  const auto reports = ledger.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].count, 5u);
}

// Whatever the order of losses, reports and reports that could not be written: in the end each loss
// was told once.
TEST(LossLedger, IsExactInSum) {
  std::mt19937 random(1);
  LossLedger ledger;
  std::array<uint64_t, kLossCauses> lost{};
  std::array<uint64_t, kLossCauses> told{};
  std::array<LossLedger::Steady, kLossCauses> told_at{};
  auto now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::milliseconds(random() % 3000);
    const auto cause = random() % kLossCauses;
    const auto count = random() % 4;
    ledger.Add({static_cast<LossCause>(cause), count, Second(i), Second(i)});
    lost[cause] += count;
    for (const LossReport& report : ledger.TakeDue(now)) {
      const auto of = static_cast<size_t>(report.cause);
      ASSERT_GE(now - told_at[of], seconds(10));
      told_at[of] = now;
      if (random() % 3 == 0)
        ledger.GiveBack(report);
      else
        told[of] += report.count;
    }
  }
  for (const LossReport& report : ledger.TakeAll())
    told[static_cast<size_t>(report.cause)] += report.count;
  EXPECT_EQ(told, lost);
  EXPECT_EQ(ledger.totals(), lost);
}

TEST(LossReport, ReadsAsTheDocumentationSays) {
  const LossReport report{LossCause::kRingFull, 12, Second(1763917144), Second(1763917145)};
  EXPECT_EQ(NameOf(report.cause), "RING_FULL");
  EXPECT_EQ(DescriptionOf(report),
            "12 events lost from 2025-11-23 16:59:04.000 to 2025-11-23 16:59:05.000");
}

}  // namespace
}  // namespace pidigree
