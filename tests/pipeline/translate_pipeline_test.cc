#include "src/pipeline/translate_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/serialize/line_serializer.h"

namespace pidigree {
namespace {

class Collect : public Sink {
 public:
  Result<> Write(std::string_view lines) override {
    if (fails_) return Fail(ErrorCode::kSystem, "disk full");
    text_ += lines;
    return {};
  }

  bool fails_ = false;
  std::string text_;
};

struct Outcome {
  std::string lines;
  uint64_t events = 0;
  uint64_t bytes_read = 0;
  std::vector<uint64_t> progress;
  bool ok = false;
};

std::string Captured(std::string_view name) {
  return PIDIGREE_SOURCE_DIR "/tests/data/audit/" + std::string(name);
}

// Translates in chunks of a few records, so that many are under way at once.
Outcome Translate(const std::vector<std::string>& paths, unsigned threads, bool fails = false) {
  LogInput input(paths, {.read_bytes = 4096});
  EXPECT_THAT(input.problems(), testing::IsEmpty());
  LogEngineOptions options;
  options.lineage.node_name = "h";
  LogEngine log(options);
  const XmlSerializer serializer(Writer{});
  Collect sink;
  sink.fails_ = fails;
  AuditLogSource source(input, {}, SlotsFor(threads));
  TranslatePipeline pipeline({source, log, serializer, sink}, threads);
  Outcome outcome;
  pipeline.OnProgress([&outcome](uint64_t events) { outcome.progress.push_back(events); });
  outcome.ok = pipeline.Run().has_value();
  outcome.lines = sink.text_;
  for (const uint64_t events : pipeline.events()) outcome.events += events;
  outcome.bytes_read = source.statistics().bytes;
  return outcome;
}

class CapturedLog : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(CapturedLog, IsTheSameTranslatedByAnyNumberOfThreads) {
  const Outcome one = Translate(GetParam(), 1);
  ASSERT_TRUE(one.ok);
  EXPECT_GT(one.events, 100u);
  EXPECT_EQ(one.events,
            static_cast<uint64_t>(std::count(one.lines.begin(), one.lines.end(), '\n')));
  for (const unsigned threads : {2u, 4u, 9u}) {
    const Outcome several = Translate(GetParam(), threads);
    EXPECT_TRUE(several.ok);
    EXPECT_EQ(several.lines, one.lines) << threads;
    EXPECT_EQ(several.bytes_read, one.bytes_read) << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(Form, CapturedLog,
                         testing::Values(std::vector{Captured("exact-raw/audit.log"),
                                                     Captured("exact-raw/audit.log.1")},
                                         std::vector{Captured("exact-enriched/audit.log.gz")},
                                         std::vector{Captured("minimal-node/audit.log")}));

TEST(TranslatePipeline, TellsItsProgressInOrder) {
  const Outcome outcome = Translate({Captured("exact-raw/audit.log")}, 4);
  EXPECT_GT(outcome.progress.size(), 20u);
  EXPECT_TRUE(std::is_sorted(outcome.progress.begin(), outcome.progress.end()));
  EXPECT_EQ(outcome.progress.back(), outcome.events);
}

TEST(TranslatePipeline, EndsAtAnErrorOfItsSink) {
  for (const unsigned threads : {1u, 4u}) {
    const Outcome outcome = Translate({Captured("exact-raw/audit.log")}, threads, true);
    EXPECT_FALSE(outcome.ok);
    EXPECT_EQ(outcome.lines, "");
  }
}

}  // namespace
}  // namespace pidigree
