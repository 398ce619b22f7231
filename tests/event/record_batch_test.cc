#include "src/event/record_batch.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/events.h"

namespace pidigree {
namespace {

TEST(RecordBatch, ANewRecordHasAllFieldsAbsent) {
  RecordBatch batch;
  const Record record = batch.Make(kProcessTerminate);
  ASSERT_EQ(record.values.size(), kProcessTerminate.fields.size());
  for (const Value& value : record.values)
    EXPECT_TRUE(std::holds_alternative<std::monostate>(value));
}

TEST(RecordBatch, HoldsOnlyWhatWasAppendedInThatOrder) {
  RecordBatch batch;
  Record first = batch.Make(kProcessCreate);
  Record second = batch.Make(kProcessTerminate);
  batch.Append(second);
  batch.Append(first);
  ASSERT_EQ(batch.records().size(), 2u);
  EXPECT_EQ(batch.records()[0].type, &kProcessTerminate);
  EXPECT_EQ(batch.records()[1].type, &kProcessCreate);
}

TEST(RecordBatch, WhatItPointsToStaysWhereItIs) {
  RecordBatch batch;
  Record first = batch.Make(kProcessTerminate);
  first.values[0] = batch.Copy("first");
  const std::string huge(1 << 20, 'h');
  const std::string_view kept = batch.Copy(huge);
  for (int i = 0; i < 10'000; ++i) batch.Append(batch.Make(kProcessCreate));
  EXPECT_EQ(std::get<std::string_view>(first.values[0]), "first");
  EXPECT_EQ(kept, huge);
}

template <typename Batch>
concept MayChangeValues = requires(Batch& batch) {
  batch.records()[0].values[0] = Value();
};

TEST(RecordBatch, ChangesOnlyForWhoseItIs) {
  static_assert(MayChangeValues<RecordBatch>);
  static_assert(!MayChangeValues<const RecordBatch>);
  RecordBatch batch;
  batch.Append(batch.Make(kProcessTerminate));
  batch.records()[0].values[0] = std::string_view("later");
  EXPECT_EQ(std::get<std::string_view>(batch.records()[0].values[0]), "later");
}

TEST(RecordBatch, CanBeUsedAgainAfterClear) {
  RecordBatch batch;
  batch.Append(batch.Make(kProcessCreate));
  batch.Clear();
  EXPECT_TRUE(batch.records().empty());
  EXPECT_EQ(batch.Copy("again"), "again");
}

}  // namespace
}  // namespace pidigree
