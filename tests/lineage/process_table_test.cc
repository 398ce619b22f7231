#include "src/lineage/process_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsNull;
using testing::NotNull;

using Entry = ProcessEntry;

class ProcessTableTest : public testing::Test {
 protected:
  // Of host 0, ended already.
  Entry& Ended(uint32_t pid, Entry* parent = nullptr) {
    Entry& entry = table_.Create(0, pid);
    if (parent != nullptr) table_.SetParent(entry, *parent);
    table_.End(entry);
    return entry;
  }
  std::vector<uint32_t> Live(uint32_t host) {
    std::vector<uint32_t> pids;
    table_.ForEachLiveOf(host, [&](const Entry& entry) { pids.push_back(entry.pid); });
    return pids;
  }

  static constexpr size_t kKept = 4;
  SharedTextPool texts_;
  ProcessTable<Entry> table_{texts_, {.kept_ended = kKept}};
};

TEST_F(ProcessTableTest, FindsTheLatestOwnerOfANumberOnEachHost) {
  Entry& first = table_.Create(0, 7);
  Entry& elsewhere = table_.Create(1, 7);
  table_.End(first);
  EXPECT_EQ(table_.Latest(0, 7), &first);
  Entry& second = table_.Create(0, 7);
  EXPECT_EQ(table_.Latest(0, 7), &second);
  EXPECT_EQ(table_.Latest(1, 7), &elsewhere);
  EXPECT_THAT(table_.Latest(0, 8), IsNull());
}

TEST_F(ProcessTableTest, FindsEachOwnerByItsStartInWhateverOrderTheyCame) {
  Entry& young = table_.Create(0, 7, 300);
  Entry& old = table_.Create(0, 7, 100);
  Entry& between = table_.Create(0, 7, 200);
  EXPECT_EQ(table_.Latest(0, 7), &young);
  EXPECT_EQ(table_.Find(0, 7, 100), &old);
  EXPECT_EQ(table_.Find(0, 7, 200), &between);
  EXPECT_THAT(table_.Find(0, 7, 250), IsNull());
  table_.Free(between);
  EXPECT_THAT(table_.Find(0, 7, 200), IsNull());
  EXPECT_EQ(table_.Find(0, 7, 100), &old);
  table_.Free(young);
  EXPECT_EQ(table_.Latest(0, 7), &old);
}

TEST_F(ProcessTableTest, KeepsTheLastThatEnded) {
  for (uint32_t pid = 1; pid <= 10; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_THAT(table_.Latest(0, 6), IsNull());
  EXPECT_THAT(table_.Latest(0, 7), NotNull());
  EXPECT_EQ(table_.ended(), kKept);
}

TEST_F(ProcessTableTest, KeepsFewerWhileTextsAreLarge) {
  ProcessTable<Entry> table(texts_,
                            {.kept_ended = 100, .kept_ended_at_least = 2, .max_text_bytes = 1000});
  SharedText* const text = texts_.Create({std::string(2000, 'x')});
  for (uint32_t pid = 1; pid <= 10; ++pid) table.End(table.Create(0, pid));
  table.Trim();
  EXPECT_EQ(table.ended(), 2u);
  texts_.Release(text);
}

TEST_F(ProcessTableTest, ALinkLeadsNowhereOnceItsProcessWasFreed) {
  Entry& parent = table_.Create(0, 1);
  Entry& child = table_.Create(0, 2);
  table_.SetParent(child, parent);
  EXPECT_EQ(table_.Parent(child), &parent);
  table_.Free(parent);
  Entry& stranger = table_.Create(0, 3);
  ASSERT_EQ(&stranger, &parent) << "its memory was to be used again";
  EXPECT_THAT(table_.Parent(child), IsNull());
}

// It can still have to be announced, as an ancestor of its children.
TEST_F(ProcessTableTest, AnAncestorThatWasNeverOfferedStaysForItsChildren) {
  Entry& parent = table_.Create(0, 1);
  Entry& child = table_.Create(0, 2);
  table_.SetParent(child, parent);
  table_.End(parent);
  for (uint32_t pid = 10; pid < 20; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_EQ(table_.Parent(child), &parent);
  table_.End(child);
  for (uint32_t pid = 20; pid < 30; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_THAT(table_.Latest(0, 2), IsNull());
  EXPECT_THAT(table_.Latest(0, 1), IsNull());
  EXPECT_EQ(table_.ended(), kKept);
}

TEST_F(ProcessTableTest, AnAncestorThatWasOfferedDoesNotStay) {
  Entry& parent = table_.Create(0, 1);
  Entry& child = table_.Create(0, 2);
  table_.SetParent(child, parent);
  parent.offered_in = Entry::kOfferedBeforeStart;
  table_.End(parent);
  for (uint32_t pid = 10; pid < 20; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_THAT(table_.Parent(child), IsNull());
}

// Its last child may be older than it: late facts of it can still come.
TEST_F(ProcessTableTest, WhoEndedLatelyIsFoundThoughItsChildrenWereFreed) {
  Entry& parent = table_.Create(0, 1);
  Ended(2, &parent);
  for (uint32_t pid = 10; pid < 10 + kKept - 1; ++pid) Ended(pid);
  table_.End(parent);
  table_.Trim();
  EXPECT_THAT(table_.Latest(0, 2), IsNull());
  EXPECT_EQ(table_.Latest(0, 1), &parent);
}

// Its GUID has a tick that is still to come: the next owner must not get it.
TEST_F(ProcessTableTest, WhoseTickRunsAheadStaysUntilTimeHasPassedIt) {
  Entry& fast = table_.Create(0, 1, 50 * ProcessTable<Entry>::kTickNs);
  fast.pid_ticks = 60;
  table_.End(fast);
  for (uint32_t pid = 10; pid < 20; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_EQ(table_.Latest(0, 1), &fast);
  table_.Create(0, 2, 61 * ProcessTable<Entry>::kTickNs);
  for (uint32_t pid = 20; pid < 30; ++pid) Ended(pid);
  table_.Trim();
  EXPECT_THAT(table_.Latest(0, 1), IsNull());
}

TEST_F(ProcessTableTest, TheNextOwnerKnowsTheTicksOfTheFormer) {
  table_.Create(0, 1, 100).pid_ticks = 60;
  table_.End(*table_.Latest(0, 1));
  EXPECT_EQ(table_.Create(0, 1, 200).pid_ticks, 60u);
}

TEST_F(ProcessTableTest, OrdersTheLivingByUse) {
  Entry& a = table_.Create(0, 1);
  Entry& b = table_.Create(0, 2);
  EXPECT_EQ(table_.Oldest(), &a);
  table_.Touch(a);
  EXPECT_EQ(table_.Oldest(), &b);
  table_.End(b);
  EXPECT_EQ(table_.Oldest(), &a);
  table_.Free(a);
  EXPECT_THAT(table_.Oldest(), IsNull());
  EXPECT_EQ(table_.live(), 0u);
}

TEST_F(ProcessTableTest, VisitsTheLivingOfAHostInOrderOfPid) {
  for (const uint32_t pid : {9u, 3u, 7u}) table_.Create(0, pid);
  table_.Create(1, 5);
  Ended(4);
  EXPECT_THAT(Live(0), ElementsAre(3, 7, 9));
  EXPECT_THAT(Live(1), ElementsAre(5));
}

TEST_F(ProcessTableTest, ForgetsTheEndedOfOneHost) {
  table_.End(table_.Create(1, 7));
  Ended(7);
  table_.Create(0, 8);
  table_.ForgetEnded(0);
  EXPECT_THAT(table_.Latest(0, 7), IsNull());
  EXPECT_THAT(table_.Latest(0, 8), NotNull());
  EXPECT_THAT(table_.Latest(1, 7), NotNull());
}

TEST_F(ProcessTableTest, KnowsItsBudget) {
  ProcessTable<Entry> table(texts_, {.max_bytes = 64 * sizeof(Entry)});
  EXPECT_FALSE(table.OverBudget());
  uint32_t pid = 1;
  while (!table.OverBudget()) table.Create(0, pid++);
  EXPECT_GT(pid, 32u);
  EXPECT_LE(pid, 65u);
}

}  // namespace
}  // namespace pidigree
