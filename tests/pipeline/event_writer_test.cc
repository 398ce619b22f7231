#include "src/pipeline/event_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/pipeline/service_records.h"
#include "tests/pipeline/memory_sink.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

// The record id and "Description" of event 255, or the state of event 4.
class PlainSerializer final : public Serializer {
 public:
  explicit PlainSerializer(std::string form) : form_(std::move(form)) {}

  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override {
    const auto field = record.type->Find(record.type == &kErrorReport ? "Description" : "State");
    std::string text = form_ + std::to_string(record.record_id) + " " +
                       std::string(std::get<std::string_view>(record.values[field]));
    const bool cut = max_bytes > 0 && text.size() > max_bytes;
    if (cut) text.resize(max_bytes);
    out.Append(text);
    return cut;
  }
  size_t RecordIdAt(const EventType&) const override { return form_.size(); }

 private:
  const std::string form_;
};

class EventWriterTest : public testing::Test {
 protected:
  MemorySink* Add(LineFormat format, size_t max_line_bytes = 0,
                  EventSet events = EventSet().set()) {
    auto sink = std::make_unique<MemorySink>();
    MemorySink* const kept = sink.get();
    DestinationSetup setup{
        .sink = std::move(sink),
        .format = format,
        .max_line_bytes = max_line_bytes,
        .queue = {.events = events},
        .ids = RecordIds::Open(dir_.Path("ids" + std::to_string(destinations_.size()))).value(),
        .untold_path = {}};
    destinations_.push_back(
        std::make_unique<Destination>(std::move(setup), losses_, "host", [](std::string_view) {}));
    return kept;
  }
  // Writes an event 255 for each description, and an event 4 behind them.
  void Write(const std::vector<std::string>& descriptions) {
    EventWriter writer({queue_, hashes_, losses_}, destinations_);
    for (const auto& destination : destinations_)
      destination->Start({.gone = [] {}, .make_lines = [] { return false; }});
    auto batch = std::make_unique<AgentBatch>();
    for (const std::string& description : descriptions)
      service_.AppendError("TEST", description, {}, batch->live.records);
    service_.AppendState(ServiceRecords::State::kStopped, {}, batch->live.records);
    batch->policy = policy_;
    queue_.Push(batch);
    queue_.Close();
    writer.Run();
    for (const auto& destination : destinations_) {
      destination->Close();
      destination->WaitUntilEnded(std::chrono::steady_clock::now() + std::chrono::minutes(1));
      destination->End();
    }
    EXPECT_EQ(writer.events()[255], descriptions.size());
    EXPECT_EQ(writer.events()[4], 1u);
  }
  uint64_t Lost(LossCause cause) { return losses_.totals()[static_cast<size_t>(cause)]; }

  const TempDir dir_;
  LossLedger losses_;
  HashWorker hashes_{{}, losses_};
  RecordQueue queue_{{}};
  const ServiceRecords service_{"host"};
  std::shared_ptr<const AgentPolicy> policy_ = [] {
    auto policy = std::make_shared<AgentPolicy>();
    policy->serializers = {std::make_shared<PlainSerializer>(""),
                           std::make_shared<PlainSerializer>("json ")};
    return policy;
  }();
  EventWriter::Destinations destinations_;
};

TEST_F(EventWriterTest, WritesRecordsToEveryDestinationInItsFormat) {
  MemorySink* const first = Add(LineFormat::kXml);
  MemorySink* const second = Add(LineFormat::kXml);
  MemorySink* const json = Add(LineFormat::kJson);
  Write({"a", "b"});
  EXPECT_THAT(first->lines(), ElementsAre("1 a", "2 b", "3 Stopped"));
  EXPECT_EQ(second->lines(), first->lines());
  EXPECT_THAT(json->lines(), ElementsAre("json 1 a", "json 2 b", "json 3 Stopped"));
}

TEST_F(EventWriterTest, NumbersThatWhichPassesTheFilterOfADestination) {
  MemorySink* const all = Add(LineFormat::kXml);
  MemorySink* const some = Add(LineFormat::kXml, 0, EventSet().set(4));
  Write({"a", "b"});
  EXPECT_THAT(all->lines(), ElementsAre("1 a", "2 b", "3 Stopped"));
  EXPECT_THAT(some->lines(), ElementsAre("1 Stopped"));
}

TEST_F(EventWriterTest, ShortensOnlyForTheDestinationThatHasALimitAndCountsTheEvent) {
  // Room for the longest number is kept: "2 " and 9 digits more, and what is said.
  MemorySink* const limited = Add(LineFormat::kXml, 16);
  MemorySink* const whole = Add(LineFormat::kXml);
  Write({"abc", "abcdefgh"});
  EXPECT_THAT(whole->lines(),
              ElementsAre(StartsWith("1 2 events shortened"), "2 abc", "3 abcdefgh", "4 Stopped"));
  EXPECT_THAT(limited->lines(), ElementsAre("1 2 events short", "2 abc", "3 abcde", "4 Stopp"));
  EXPECT_EQ(Lost(LossCause::kLineShortened), 2u);
}

}  // namespace
}  // namespace pidigree
