#include "src/pipeline/event_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/pipeline/service_records.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "ID" of event 255 and the record id.
class PlainSerializer final : public Serializer {
 public:
  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override {
    std::string text =
        std::to_string(record.record_id) + " " +
        std::string(std::get<std::string_view>(record.values[kErrorReport["Description"]]));
    const bool cut = max_bytes > 0 && text.size() > max_bytes;
    if (cut) text.resize(max_bytes);
    out.Append(text);
    return cut;
  }
};

// Takes `room` lines in all.
class MemorySink final : public LineSink {
 public:
  explicit MemorySink(size_t max_line_bytes = 0) : max_line_bytes_(max_line_bytes) {}

  const std::string& name() const override { return name_; }
  size_t max_line_bytes() const override { return max_line_bytes_; }
  Result<> Write(const LineBuffer& buffer, size_t& written) override {
    for (written = 0; written < buffer.size(); ++written) {
      if (room == 0) return Fail(ErrorCode::kSystem, "write to memory: full");
      --room;
      lines.emplace_back(buffer.line(written));
    }
    return {};
  }

  size_t room = SIZE_MAX;
  std::vector<std::string> lines;

 private:
  size_t max_line_bytes_;
  std::string name_ = "memory";
};

class EventWriterTest : public testing::Test {
 protected:
  // Sinks stay with the writer; the test keeps pointers.
  MemorySink* AddSink(size_t max_line_bytes = 0) {
    auto sink = std::make_unique<MemorySink>(max_line_bytes);
    MemorySink* const kept = sink.get();
    sinks_.push_back(std::move(sink));
    return kept;
  }
  EventWriter& writer() {
    if (!writer_)
      writer_ = std::make_unique<EventWriter>(
          EventWriter::Parts{queue_, *ids_, hashes_, losses_}, std::move(sinks_),
          [this](std::string_view message) { complaints_.emplace_back(message); });
    return *writer_;
  }
  // Writes an event 255 for each description, in one batch, at that second.
  void Write(const std::vector<std::string>& descriptions, int64_t second = 1,
             const LossReport* report = nullptr) {
    auto batch = std::make_unique<AgentBatch>();
    for (const std::string& description : descriptions)
      service_.AppendError("TEST", description, UtcTime::FromMilliseconds(second * 1000),
                           batch->live.records);
    if (report != nullptr) batch->reports.push_back({0, *report});
    batch->policy = policy_;
    queue_.PushAlways(std::move(batch));
    queue_.Close();
    writer().Run();
  }
  uint64_t Lost(LossCause cause) { return losses_.totals()[static_cast<size_t>(cause)]; }

  const TempDir dir_;
  LossLedger losses_;
  HashWorker hashes_{{}, losses_};
  RecordQueue queue_{{}};
  Result<RecordIds> ids_ = RecordIds::Open(dir_.Path("ids"));
  const ServiceRecords service_{"host"};
  std::shared_ptr<const AgentPolicy> policy_ = [] {
    auto policy = std::make_shared<AgentPolicy>();
    policy->serializer = std::make_shared<PlainSerializer>();
    return policy;
  }();
  std::vector<std::unique_ptr<LineSink>> sinks_;
  std::vector<std::string> complaints_;
  std::unique_ptr<EventWriter> writer_;
};

TEST_F(EventWriterTest, NumbersRecordsAndWritesThemToEverySink) {
  MemorySink* const first = AddSink();
  MemorySink* const second = AddSink();
  Write({"a", "b"});
  Write({"c"});
  EXPECT_THAT(first->lines, ElementsAre("1 a", "2 b", "3 c"));
  EXPECT_EQ(second->lines, first->lines);
  EXPECT_EQ(writer().status().events[255], 3u);
}

TEST_F(EventWriterTest, ShortensOnlyForTheSinkThatHasALimitAndCountsTheEvent) {
  MemorySink* const limited = AddSink(6);
  MemorySink* const whole = AddSink();
  Write({"abc", "abcdefgh"});
  EXPECT_THAT(whole->lines, ElementsAre("1 abc", "2 abcdefgh"));
  EXPECT_THAT(limited->lines, ElementsAre("1 abc", "2 abcd"));
  EXPECT_EQ(Lost(LossCause::kLineShortened), 1u);
}

TEST_F(EventWriterTest, CountsWhatASinkDidNotTakeWithItsTimes) {
  MemorySink* const full = AddSink();
  AddSink();
  full->room = 1;
  Write({"a", "b", "c"}, 5);
  Write({"d"}, 9);
  EXPECT_EQ(writer().status().outputs[0].lost, 3u);
  EXPECT_EQ(writer().status().outputs[0].written, 1u);
  EXPECT_FALSE(writer().status().outputs[0].works);
  EXPECT_EQ(writer().status().outputs[1].written, 4u);
  const auto reports = losses_.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(DescriptionOf(reports[0]),
            "3 events lost from 1970-01-01 00:00:05.000 to 1970-01-01 00:00:09.000");
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("write to memory: full")));
}

TEST_F(EventWriterTest, KeepsLossesToItselfUntilSomebodyCanReadOfThem) {
  MemorySink* const sink = AddSink();
  sink->room = 0;
  Write({"a", "b"});
  EXPECT_THAT(losses_.TakeAll(), IsEmpty());
  sink->room = SIZE_MAX;
  Write({"c"});
  const auto reports = losses_.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].count, 2u);
}

TEST_F(EventWriterTest, GivesBackAReportThatNobodyTook) {
  MemorySink* const sink = AddSink();
  sink->room = 0;
  const LossReport report{LossCause::kRingFull, 7, {}, {}};
  Write({"7 events lost"}, 1, &report);
  const auto reports = losses_.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].cause, LossCause::kRingFull);
  EXPECT_EQ(reports[0].count, 7u);
}

TEST_F(EventWriterTest, LeavesAReportAloneThatOneSinkTook) {
  AddSink();
  AddSink()->room = 0;
  const LossReport report{LossCause::kRingFull, 7, {}, {}};
  Write({"7 events lost"}, 1, &report);
  const auto reports = losses_.TakeAll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].cause, LossCause::kSink);
}

}  // namespace
}  // namespace pidigree
