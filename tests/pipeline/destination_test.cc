#include "src/pipeline/destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "src/base/read_file.h"
#include "src/pipeline/untold_losses.h"
#include "tests/pipeline/line_batch_of.h"
#include "tests/pipeline/memory_sink.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// Destinations of one ledger, which are pushed to as the writer does it.
class DestinationTest : public testing::Test {
 protected:
  struct One {
    MemorySink* sink = nullptr;
    std::unique_ptr<Destination> destination;
    std::vector<std::string> complaints;
  };

  One& Add(const std::string& name, const DestinationQueue::Limits& queue = {},
           size_t room = SIZE_MAX) {
    One& one = *all_.emplace_back(std::make_unique<One>());
    auto sink = std::make_unique<MemorySink>(name, room);
    one.sink = sink.get();
    DestinationSetup setup{.sink = std::move(sink),
                           .queue = queue,
                           .ids = RecordIds::Open(dir_.Path("ids-" + name)).value(),
                           .untold_path = dir_.Path("untold-" + name)};
    one.destination = std::make_unique<Destination>(
        std::move(setup), *losses_, "host",
        [&one](std::string_view text) { one.complaints.emplace_back(text); });
    return one;
  }
  void Start() {
    for (const auto& one : all_)
      one->destination->Start(
          {.gone = [this] { gone_ = true; }, .make_lines = [] { return false; }});
  }
  void Push(const std::vector<TestLine>& lines) { PushBatch(LineBatchOf(lines, NextId())); }
  void PushBatch(std::shared_ptr<const LineBatch> batch) {
    for (const auto& one : all_) one->destination->Push(batch);
  }
  uint32_t NextId() const { return all_.front()->destination->next_id(); }
  // As at the stop of an agent, with an event 4.
  void Stop() {
    auto last = LineBatchOf({{4, "stopped"}}, NextId());
    last->always = last->last = true;
    PushBatch(std::move(last));
    for (const auto& one : all_) one->destination->Close();
    for (const auto& one : all_) one->destination->WaitUntilEnded(patience_);
    for (const auto& one : all_) one->destination->DropQueued();
    for (const auto& one : all_) one->destination->End();
    for (const auto& one : all_) EXPECT_TRUE(one->destination->Keep());
  }
  // The next run.
  void Restart() {
    all_.clear();
    losses_ = std::make_unique<LossLedger>();
  }
  static bool Eventually(const std::function<bool()>& condition) {
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  const TempDir dir_;
  std::unique_ptr<LossLedger> losses_ = std::make_unique<LossLedger>();
  std::vector<std::unique_ptr<One>> all_;
  std::chrono::steady_clock::time_point patience_ = std::chrono::steady_clock::now() + 60s;
  std::atomic<bool> gone_ = false;
};

uint32_t IdOf(const std::string& line) { return static_cast<uint32_t>(std::stoul(line)); }

// What events 255 of a cause say: how many were lost, in sum.
uint64_t Told(const std::vector<std::string>& lines, const std::string& cause) {
  uint64_t told = 0;
  const std::string begin = "255 " + cause + " ";
  for (const std::string& line : lines) {
    const std::string text = WithoutId(line);
    if (!text.starts_with(begin) || text.find(" events lost from ") == text.npos) continue;
    told += std::stoull(text.substr(begin.size()));
  }
  return told;
}

// Numbers that no line has.
uint64_t Missing(const std::vector<std::string>& lines) {
  uint64_t missing = 0;
  uint32_t last = 0;
  for (const std::string& line : lines) {
    EXPECT_GT(IdOf(line), last);
    missing += IdOf(line) - last - 1;
    last = IdOf(line);
  }
  return missing;
}

TEST_F(DestinationTest, WritesLinesAsTheyAreAndGoesOnWithItsNumbersInTheNextRun) {
  One& one = Add("one");
  Start();
  Push({{1, "a"}, {5, "b"}});
  Stop();
  EXPECT_THAT(one.sink->lines(), ElementsAre("1 a", "2 b", "3 stopped"));
  EXPECT_EQ(one.destination->status().written, 3u);
  Restart();
  One& next = Add("one");
  Start();
  Push({{1, "c"}});
  Stop();
  EXPECT_THAT(next.sink->lines(), ElementsAre("4 c", "5 stopped"));
}

TEST_F(DestinationTest, NumbersWhatPassesItsFilter) {
  Add("all");
  One& one = Add("one", {.events = EventSet().set(4).set(5)});
  Start();
  Push({{1, "a"}, {5, "b"}, {1, "c"}, {5, "d"}});
  Stop();
  EXPECT_THAT(all_[0]->sink->lines(), ElementsAre("1 a", "2 b", "3 c", "4 d", "5 stopped"));
  EXPECT_THAT(one.sink->lines(), ElementsAre("1 b", "2 d", "3 stopped"));
}

// A log daemon that restarts, a full disk that gets room again.
TEST_F(DestinationTest, LosesNothingWhileItsQueueHasRoom) {
  One& one = Add("one", {}, 0);
  One& other = Add("other");
  Start();
  for (int i = 0; i < 1000; ++i) Push({{1, "a"}});
  ASSERT_TRUE(Eventually([&] { return !one.destination->status().works; }));
  ASSERT_TRUE(Eventually([&] { return other.sink->lines().size() >= 1000; }))
      << "it holds up no other";
  EXPECT_EQ(one.destination->status().lost, 0u);
  EXPECT_GT(one.destination->status().queue_bytes, 0u);
  one.sink->set_room(SIZE_MAX);
  Stop();
  EXPECT_EQ(Missing(one.sink->lines()), 0u);
  EXPECT_EQ(Told(one.sink->lines(), "SINK"), 0u);
  EXPECT_THAT(one.complaints,
              ElementsAre(StartsWith("write to one: full; events wait"), "one works again"));
  EXPECT_THAT(other.sink->lines(),
              Contains(HasSubstr("255 SINK output one fails: write to one: full")));
}

TEST_F(DestinationTest, TellsWhatItLostBeforeTheFirstLineBehindTheGapAndOthersAtOnce) {
  One& one = Add("one", {.bytes = size_t{64} << 10}, 0);
  One& other = Add("other");
  Start();
  Push({{1, "first"}});
  ASSERT_TRUE(Eventually([&] { return !one.destination->status().works; }));
  const std::string long_text(5000, 'x');
  for (int i = 0; i < 100; ++i) Push({{1, long_text, 7}});
  const uint64_t lost = one.destination->status().lost;
  EXPECT_GT(lost, 50u);
  EXPECT_EQ(losses_->totals()[static_cast<size_t>(LossCause::kSink)], lost) << "at once";
  Push({{4, "nudge"}});
  ASSERT_TRUE(Eventually([&] { return Told(other.sink->lines(), "SINK") > 0; }));
  EXPECT_THAT(other.sink->lines(), Contains(EndsWith(", output one")));

  one.sink->set_room(SIZE_MAX);
  ASSERT_TRUE(Eventually([&] { return one.destination->IsIdle(); }));
  Push({{1, "behind"}});
  Stop();
  const std::vector<std::string> lines = one.sink->lines();
  EXPECT_EQ(Missing(lines), lost);
  EXPECT_EQ(Told(lines, "SINK"), lost);
  EXPECT_EQ(Told(other.sink->lines(), "SINK"), lost);
  EXPECT_EQ(Missing(other.sink->lines()), 0u);
  const auto gap = std::ranges::adjacent_find(
      lines, [](const auto& a, const auto& b) { return IdOf(b) != IdOf(a) + 1; });
  ASSERT_NE(gap, lines.end());
  EXPECT_THAT(WithoutId(*(gap + 1)),
              StartsWith("255 SINK " + std::to_string(lost) + " events lost"));
}

TEST_F(DestinationTest, SaysQueueFullOfOneThatIsMerelySlow) {
  One& one = Add("one", {.bytes = size_t{64} << 10});
  for (int i = 0; i < 100; ++i) Push({{1, std::string(5000, 'x')}});
  const uint64_t lost = one.destination->status().lost;
  Start();
  Stop();
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(Told(one.sink->lines(), "QUEUE_FULL"), lost);
  EXPECT_EQ(Missing(one.sink->lines()), lost);
}

TEST_F(DestinationTest, TellsEveryReaderOfWhatAllLack) {
  One& one = Add("one");
  One& other = Add("other", {.events = EventSet().set(4)});
  losses_->Add({LossCause::kRingFull, 17, {}, {}});
  Start();
  Push({{1, "a"}});
  Stop();
  EXPECT_EQ(Told(one.sink->lines(), "RING_FULL"), 17u);
  EXPECT_EQ(Told(other.sink->lines(), "RING_FULL"), 17u);
  EXPECT_THAT(one.sink->lines()[1], EndsWith(" a")) << "as soon as it writes something";
}

// A datagram that the kernel does not take.
TEST_F(DestinationTest, LosesALineThatIsTooLongAndGoesOn) {
  One& one = Add("one");
  Start();
  Push({{1, "a"}, {1, std::string(200'000, 'x')}, {1, "b"}});
  Stop();
  EXPECT_THAT(one.sink->lines(),
              ElementsAre("1 a", "3 b", HasSubstr("255 SINK output one fails: too long"),
                          HasSubstr("255 SINK 1 events lost"), EndsWith("stopped")));
}

TEST_F(DestinationTest, LosesWhatAStopHasNoTimeForAndTellsItInTheNextRun) {
  One& one = Add("one", {}, 0);
  patience_ = std::chrono::steady_clock::now();
  Start();
  for (int i = 0; i < 10; ++i) Push({{1, "a"}});
  ASSERT_TRUE(Eventually([&] { return !one.destination->status().works; }));
  Stop();
  EXPECT_THAT(one.sink->lines(), IsEmpty());
  const uint64_t lost = one.destination->status().lost;
  EXPECT_GE(lost, 11u) << "ten, event 4, and what was to be said of them";
  EXPECT_EQ(losses_->totals()[static_cast<size_t>(LossCause::kStop)], lost);
  uint64_t untold = 0;
  for (const LossReport& loss : one.destination->untold()) untold += loss.count;
  EXPECT_EQ(untold, lost);

  Restart();
  One& next = Add("one");
  Start();
  Push({{1, "b"}});
  ASSERT_TRUE(Eventually([&] { return next.sink->lines().size() > 1; }));
  EXPECT_TRUE(Eventually([&] { return access(dir_.Path("untold-one").c_str(), F_OK) != 0; }))
      << "it has been told";
  Stop();
  EXPECT_EQ(Told(next.sink->lines(), "STOP"), lost);
  EXPECT_EQ(Missing(next.sink->lines()), lost);
}

// A kill between must not lose them.
TEST_F(DestinationTest, KeepsUntoldLossesUntilTheyAreTold) {
  ASSERT_TRUE(StoreUntoldLosses(dir_.Path("untold-one"), {{LossCause::kStop, 3, {}, {}, {}}}));
  One& one = Add("one", {}, 0);
  Start();
  Push({{1, "a"}});
  ASSERT_TRUE(Eventually([&] { return !one.destination->status().works; }));
  EXPECT_EQ(LoadUntoldLosses(dir_.Path("untold-one"))->size(), 1u);
  one.sink->set_room(SIZE_MAX);
  ASSERT_TRUE(Eventually([&] { return access(dir_.Path("untold-one").c_str(), F_OK) != 0; }));
  EXPECT_EQ(Told(one.sink->lines(), "STOP"), 3u);
  Stop();
}

TEST_F(DestinationTest, TellsWhichNumbersACrashMayHaveLost) {
  dir_.Write("ids-one", "5 100\n");
  One& one = Add("one");
  Start();
  Push({{1, "a"}});
  Stop();
  EXPECT_THAT(one.sink->lines()[0],
              "100 255 CRASH the agent was not stopped in order; EventRecordIDs from 5 to 99 may "
              "be missing");
  EXPECT_EQ(one.sink->lines()[1], "101 a");
}

TEST_F(DestinationTest, OpensItsSinkAnewThoughNothingIsToBeWritten) {
  One& one = Add("one");
  Start();
  one.destination->Reopen();
  EXPECT_TRUE(Eventually([&] { return one.sink->reopened() == 1; }));
  Stop();
}

// As of a pipe that nobody reads any more.
TEST_F(DestinationTest, SaysThatNobodyWillEverTakeItsLines) {
  One& one = Add("one");
  Start();
  one.sink->GoAway();
  Push({{1, "a"}});
  ASSERT_TRUE(Eventually([&] { return gone_.load(); }));
  Push({{1, "b"}});
  Stop();
  EXPECT_THAT(one.sink->lines(), IsEmpty());
  EXPECT_GE(one.destination->status().lost, 3u);
}

}  // namespace
}  // namespace pidigree
