#include "src/pipeline/untold_losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(UntoldLosses, AreWhatTheyWere) {
  const TempDir dir;
  ASSERT_TRUE(StoreUntoldLosses(dir.Path("untold"), {{LossCause::kSink, 12, {5}, {700'000'000'000}},
                                                     {LossCause::kStop, 1, {-3}, {4}, "/a b"}}));
  const auto losses = LoadUntoldLosses(dir.Path("untold"));
  ASSERT_TRUE(losses);
  ASSERT_THAT(*losses, SizeIs(2));
  EXPECT_EQ((*losses)[0].cause, LossCause::kSink);
  EXPECT_EQ((*losses)[0].count, 12u);
  EXPECT_EQ((*losses)[0].first.ns, 5);
  EXPECT_EQ((*losses)[0].last.ns, 700'000'000'000);
  EXPECT_EQ((*losses)[1].cause, LossCause::kStop);
  EXPECT_EQ((*losses)[1].first.ns, -3);
  EXPECT_EQ((*losses)[0].destination, "");
  EXPECT_EQ((*losses)[1].destination, "/a b");
}

TEST(UntoldLosses, LeaveNoFileIfThereAreNone) {
  const TempDir dir;
  dir.Write("untold", "SINK 1 2 3\n");
  ASSERT_TRUE(StoreUntoldLosses(dir.Path("untold"), {}));
  EXPECT_NE(access(dir.Path("untold").c_str(), F_OK), 0);
  const auto losses = LoadUntoldLosses(dir.Path("untold"));
  ASSERT_TRUE(losses);
  EXPECT_THAT(*losses, IsEmpty());
}

class BadUntoldLosses : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Of, BadUntoldLosses,
                         testing::Values("\n", "SINK\n", "SINK 1 2\n", "NOISE 1 2 3\n",
                                         "SINK -1 2 3\n", "SINK 1 2 x\n", "SINK 1 2 3x\n",
                                         "SINK 99999999999999999999 2 3\n"));

TEST_P(BadUntoldLosses, AreRefused) {
  const TempDir dir;
  const auto losses = LoadUntoldLosses(dir.Write("untold", GetParam()));
  ASSERT_FALSE(losses);
  EXPECT_EQ(losses.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace pidigree
