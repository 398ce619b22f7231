#include "src/records/rate_bound.h"

#include <gtest/gtest.h>

#include "src/event/file_fact.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

constexpr ProcessKey kBusy{100, 5};
constexpr uint16_t kCreate = 11;
constexpr uint16_t kDelete = 23;

EventRates Bounded(uint16_t id, uint32_t most) {
  EventRates rates{};
  rates[id] = most;
  return rates;
}

UtcTime At(int64_t ms) { return UtcTime::FromMilliseconds(1'795'453'144'000 + ms); }

TEST(RateBound, SoManyOfAKindInASecondThatBeginsWithTheFirst) {
  RateBound bound(Bounded(kCreate, 2));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(300)));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(800)));
  EXPECT_FALSE(bound.Admits(kBusy, kCreate, At(900)));
  EXPECT_FALSE(bound.Admits(kBusy, kCreate, At(1299)));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(1300)));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(1301)));
  EXPECT_FALSE(bound.Admits(kBusy, kCreate, At(1302)));
}

TEST(RateBound, OtherKindsAndOtherProcessesHaveTheirOwn) {
  RateBound bound(Bounded(kCreate, 1));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(0)));
  EXPECT_FALSE(bound.Admits(kBusy, kCreate, At(1)));
  EXPECT_TRUE(bound.Admits({101, 5}, kCreate, At(1)));
  EXPECT_TRUE(bound.Admits({100, 6}, kCreate, At(1))) << "the number came round";
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(bound.Admits(kBusy, kDelete, At(1))) << "no bound";
}

TEST(RateBound, AClockThatIsSetBackBeginsAnotherSecond) {
  RateBound bound(Bounded(kCreate, 1));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(60'000)));
  EXPECT_TRUE(bound.Admits(kBusy, kCreate, At(0)));
  EXPECT_FALSE(bound.Admits(kBusy, kCreate, At(999)));
}

// A table that is full lets more through, never less.
TEST(RateBound, NobodyIsHeldBackByOthers) {
  RateBound bound(Bounded(kCreate, 1));
  for (uint32_t tgid = 1; tgid < 100'000; ++tgid)
    EXPECT_TRUE(bound.Admits({tgid, 1}, kCreate, At(0)));
}

// What the lineage makes of it.
class BoundedLineage : public testing::Test {
 protected:
  static constexpr ProcessKey kInit{1, 10'000'000};
  static constexpr ProcessKey kShell{50, 20'000'000};

  BoundedLineage() {
    host_.Snapshot({{.process = kInit, .image = "/sbin/init", .arguments = "init"},
                    {.process = kShell, .parent = kInit, .image = "/bin/sh", .arguments = "sh"}});
    host_.TakeRecords();
  }

  // The shell makes a file, so many ms after the lineage started.
  void MakeFile(uint64_t ms) {
    FileFact made;
    made.subject.process = kShell;
    made.subject.time_ns = LiveHost::kStartNs + ms * 1'000'000;
    made.subject.ids.uid = 0;
    made.action = FileAction::kCreated;
    made.path.text = "/tmp/file";
    made.mode = 0100644;
    made.time_ns = LiveHost::kBootUtcNs;
    host_.Apply(made);
  }
  size_t FilesWritten() {
    size_t count = 0;
    for (const TextRecord& record : host_.TakeRecords()) count += record.id == kCreate;
    return count;
  }

  LiveHost host_{nullptr, size_t{8} << 20, Bounded(kCreate, 3)};
};

TEST_F(BoundedLineage, CountsWhatItDrops) {
  for (uint64_t ms = 0; ms < 10; ++ms) MakeFile(ms);
  EXPECT_EQ(FilesWritten(), 3u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kOverBound], 7u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kFiltered], 0u);
  for (uint64_t ms = 1000; ms < 1010; ++ms) MakeFile(ms);
  EXPECT_EQ(FilesWritten(), 3u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kOverBound], 14u);
}

TEST_F(BoundedLineage, WhatTheFilterDropsDoesNotCount) {
  bool keep = false;
  host_.SetFilter([&keep](const TextRecord& record) { return record.id != kCreate || keep; });
  for (uint64_t ms = 0; ms < 10; ++ms) MakeFile(ms);
  keep = true;
  for (uint64_t ms = 10; ms < 13; ++ms) MakeFile(ms);
  EXPECT_EQ(FilesWritten(), 3u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kOverBound], 0u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kFiltered], 10u);
}

}  // namespace
}  // namespace pidigree
