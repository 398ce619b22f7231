#include "src/pipeline/record_ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

class RecordIdsTest : public testing::Test {
 protected:
  RecordIds Open() {
    Result<RecordIds> ids = RecordIds::Open(path_);
    EXPECT_TRUE(ids.has_value());
    return std::move(*ids);
  }

  const TempDir dir_;
  const std::string path_ = dir_.Path("record-ids");
};

TEST_F(RecordIdsTest, StartsFromOne) {
  RecordIds ids = Open();
  EXPECT_FALSE(ids.gap().has_value());
  EXPECT_EQ(ids.Next(), 1u);
  EXPECT_EQ(ids.Next(), 2u);
}

TEST_F(RecordIdsTest, GoesOnWithoutAGapAfterACleanStop) {
  for (uint32_t first : {1u, 4u, 7u}) {
    RecordIds ids = Open();
    EXPECT_FALSE(ids.gap().has_value());
    for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ids.Next(), first + i);
    ASSERT_TRUE(ids.Close().has_value());
  }
}

TEST_F(RecordIdsTest, GivesNoNumberTwiceAfterACrash) {
  constexpr uint32_t kRuns = 4;
  std::set<uint32_t> given;
  for (uint32_t run = 0; run < kRuns; ++run) {
    RecordIds ids = Open();
    EXPECT_EQ(ids.gap().has_value(), run > 0);
    if (ids.gap()) {
      EXPECT_GE(*given.rbegin(), ids.gap()->first);
      EXPECT_LE(*given.rbegin(), ids.gap()->last);
    }
    // In a batch, at its end, and behind it.
    for (uint32_t i = 0; i < RecordIds::kBatch - 1 + run; ++i) {
      const uint32_t id = ids.Next();
      EXPECT_TRUE(given.insert(id).second) << id;
      if (ids.gap() && i == 0) {
        EXPECT_EQ(id, ids.gap()->last + 1);
      }
    }
  }
  EXPECT_LE(*given.rbegin() - given.size(), kRuns * RecordIds::kBatch);
}

TEST_F(RecordIdsTest, StaysBelowTwoToThe31AndStartsAgain) {
  dir_.Write("record-ids", "2147483646 2147483646\n");
  RecordIds ids = Open();
  EXPECT_EQ(ids.Next(), 2147483646u);
  EXPECT_EQ(ids.Next(), 2147483647u);
  EXPECT_EQ(ids.Next(), 1u);
  EXPECT_EQ(ids.Next(), 2u);
  ASSERT_TRUE(ids.Close().has_value());
  EXPECT_EQ(Open().Next(), 3u);
}

TEST_F(RecordIdsTest, TellsAGapThatGoesRound) {
  dir_.Write("record-ids", "2147483000 200\n");
  const RecordIds ids = Open();
  ASSERT_TRUE(ids.gap().has_value());
  EXPECT_EQ(ids.gap()->first, 2147483000u);
  EXPECT_EQ(ids.gap()->last, 199u);
}

TEST_F(RecordIdsTest, RefusesAFileThatHoldsSomethingElse) {
  for (const char* content :
       {"", "1\n", "1 2", "0 5\n", "1 2147483648\n", "1 2\n3\n", "a b\n", "-1 2\n", "1  2\n"}) {
    dir_.Write("record-ids", content);
    const Result<RecordIds> ids = RecordIds::Open(path_);
    ASSERT_FALSE(ids.has_value()) << content;
    EXPECT_EQ(ids.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(RecordIdsTest, GoesOnWhenTheStateCannotBeStored) {
  auto dir = std::make_unique<TempDir>();
  Result<RecordIds> ids = RecordIds::Open(dir->Path("record-ids"));
  ASSERT_TRUE(ids.has_value());
  dir = nullptr;
  for (uint32_t id = 1; id <= RecordIds::kBatch; ++id) ASSERT_EQ(ids->Next(), id);
  EXPECT_EQ(ids->error(), nullptr);
  EXPECT_EQ(ids->Next(), RecordIds::kBatch + 1);
  ASSERT_NE(ids->error(), nullptr);
}

}  // namespace
}  // namespace pidigree
