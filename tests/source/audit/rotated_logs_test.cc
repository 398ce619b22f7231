#include "src/source/audit/rotated_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;

std::vector<std::string> Ordered(const std::vector<LogPlace>& logs) {
  std::vector<std::string> paths;
  for (const size_t i : OrderLogs(logs)) paths.push_back(logs[i].path);
  return paths;
}

TEST(OrderLogs, ReadsARotatedSetFromTheHighestNumberDown) {
  EXPECT_THAT(
      Ordered({{"a/audit.log"}, {"a/audit.log.10.gz"}, {"a/audit.log.9"}, {"a/audit.log.1"}}),
      ElementsAre("a/audit.log.10.gz", "a/audit.log.9", "a/audit.log.1", "a/audit.log"));
}

TEST(OrderLogs, BelievesTheNumberRatherThanTheStamp) {
  EXPECT_THAT(Ordered({{"audit.log", 1}, {"audit.log.1", 2}}),
              ElementsAre("audit.log.1", "audit.log"));
}

TEST(OrderLogs, PutsSetsInTheOrderOfTheirOldestRecords) {
  EXPECT_THAT(Ordered({{"b/audit.log", 900},
                       {"a/audit.log", 800},
                       {"b/audit.log.1", 100},
                       {"audit.log-20260101.gz", 50}}),
              ElementsAre("audit.log-20260101.gz", "b/audit.log.1", "b/audit.log", "a/audit.log"));
}

TEST(OrderLogs, TakesTheStampOfTheNextFileIfTheOldestHasNone) {
  EXPECT_THAT(Ordered({{"x", 500}, {"audit.log.1"}, {"audit.log", 100}}),
              ElementsAre("audit.log.1", "audit.log", "x"));
}

TEST(OrderLogs, ReadsTwoFilesOfOneNumberByTheirStamps) {
  EXPECT_THAT(Ordered({{"audit.log.1.gz", 900}, {"audit.log.1", 100}}),
              ElementsAre("audit.log.1", "audit.log.1.gz"));
}

TEST(OrderLogs, PutsFilesWithoutRecordsBehindAndPipesLast) {
  EXPECT_THAT(Ordered({{"-", {}, true}, {"/dev/fd/63", {}, true}, {"junk"}, {"x", 7}}),
              ElementsAre("x", "junk", "-", "/dev/fd/63"));
}

TEST(OrderLogs, ReadsDatesByTheirStamps) {
  EXPECT_THAT(Ordered({{"audit.log", 400},
                       {"audit.log.20231114", 200},
                       {"audit.log.20231115.gz", 300},
                       {"audit.log.20231113", 100}}),
              ElementsAre("audit.log.20231113", "audit.log.20231114", "audit.log.20231115.gz",
                          "audit.log"));
}

TEST(OrderLogs, ReadsFilesOfOneStampByTheirNames) {
  EXPECT_THAT(Ordered({{"c", 7}, {"a", 7}, {"b.1", 7}, {"b.1.gz", 7}}),
              ElementsAre("a", "b.1", "b.1.gz", "c"));
  EXPECT_THAT(Ordered({{"z"}, {"y"}}), ElementsAre("y", "z"));
}

TEST(OrderLogs, FindsTheNumberBeforeAnyCompression) {
  EXPECT_THAT(Ordered({{"a.log.1.xz"}, {"a.log.3.zst"}, {"a.log.2.bz2"}, {"a.log"}}),
              ElementsAre("a.log.3.zst", "a.log.2.bz2", "a.log.1.xz", "a.log"));
}

TEST(OrderLogs, TakesNoPartOfAnAddressForANumber) {
  EXPECT_THAT(Ordered({{"logs/10.0.0.1", 1}, {"logs/10.0.0.2", 2}}),
              ElementsAre("logs/10.0.0.1", "logs/10.0.0.2"));
}

TEST(LogSetOf, IsTheNameWithoutNumberDateAndCompression) {
  for (const char* path :
       {"a/audit.log", "a/audit.log.1", "a/audit.log.2.gz", "a/audit.log.20231114",
        "a/audit.log-20231114.xz", "a/audit.log-2023-11-14"})
    EXPECT_EQ(LogSetOf(path), "a/audit.log") << path;
  for (const char* path : {"b/audit.log", "logs/10.0.0.1", "-", "standard input", "a.b"})
    EXPECT_EQ(LogSetOf(path), path);
}

TEST(OrderLogs, TakesOnlySmallWholeNumbersForRotation) {
  for (const char* name :
       {"audit.log.1a", "audit.log.", "audit.log.-1", "audit.log.1000", "audit.log.99999999999"})
    EXPECT_THAT(Ordered({{name, 5}, {"audit.log", 1}}), ElementsAre("audit.log", name));
}

TEST(FirstStampMs, IsThatOfTheFirstRecord) {
  EXPECT_EQ(FirstStampMs("junk\nnode=h type=CWD msg=audit(1790000000.007:12): cwd=\"/\"\n"
                         "type=EOE msg=audit(1.000:13):"),
            1790000000007);
  EXPECT_EQ(
      FirstStampMs("type=EOE audit(x) audit(5.12:1) audit(6.123 audit(-7.123:1) audit(8.900:1):"),
      8900);
  for (const char* text : {"", "no record", "audit(", "audit(1", "audit(1.234",
                           "audit(1.2x4:", "audit(99999999999999999999.000:1"})
    EXPECT_EQ(FirstStampMs(text), std::nullopt) << text;
}

}  // namespace
}  // namespace pidigree
