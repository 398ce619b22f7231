#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "schema/events.h"
#include "src/base/mutex.h"
#include "src/pipeline/agent.h"
#include "tests/pipeline/loss_serializer.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

// Processes that run a program and end, `kPerPoll` with each Poll(); and a counter of losses.
class ScriptedSource final : public EventSource {
 public:
  static constexpr uint32_t kPerPoll = 50;

  explicit ScriptedSource(uint32_t processes) : processes_(processes) {}

  Result<> Attach(const EventSet&) override { return {}; }
  Result<> Snapshot(FactConsumer&) override { return {}; }
  Result<size_t> Poll(std::chrono::milliseconds, size_t, FactConsumer& consumer) override {
    size_t facts = 0;
    for (uint32_t i = 0; i < kPerPoll && made_ < processes_; ++i, ++made_) {
      const uint64_t now = (uint64_t{made_} + 1) * 10'000'000;
      const ProcessKey process{1000 + made_, now};
      ExecFact exec;
      exec.executable.links = 1;
      exec.subject.time_ns = now;
      exec.subject.process = process;
      exec.present_parent = {1, 0};
      exec.image.text = "/bin/program";
      exec.arguments = std::string_view("program\0", 8);
      consumer.Apply(exec);
      ExitFact exit;
      exit.subject.time_ns = now + 1;
      exit.subject.process = process;
      consumer.Apply(exit);
      facts += 2;
    }
    if (facts == 0) std::this_thread::yield();
    done_ = made_ == processes_;
    return facts;
  }
  void Wake() override {}
  SourceStatus Status() const override {
    SourceStatus status;
    status.losses[static_cast<size_t>(SourceLoss::kRingFull)] = kRingLosses;
    return status;
  }

  static constexpr uint64_t kRingLosses = 17;
  bool done() const { return done_; }

 private:
  const uint32_t processes_;
  uint32_t made_ = 0;
  std::atomic<bool> done_ = false;
};

// Holds up the writer until it is opened.
class GatedSink final : public LineSink {
 public:
  struct Shared {
    Mutex mutex;
    ConditionVariable changed;
    bool open GUARDED_BY(mutex) = false;
    std::vector<std::string> lines GUARDED_BY(mutex);
  };
  explicit GatedSink(Shared& shared) : shared_(shared) {}

  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& lines, size_t& next) override {
    MutexLock lock(shared_.mutex);
    while (!shared_.open) shared_.changed.Wait(lock);
    for (; next < lines.size(); ++next) shared_.lines.push_back(WithoutId(lines.line(next)));
    return {};
  }

 private:
  Shared& shared_;
  std::string name_ = "gate";
};

std::vector<DestinationSetup> OneOutput(GatedSink::Shared& output, const RecordIds& ids) {
  std::vector<DestinationSetup> outputs;
  outputs.push_back({.sink = std::make_unique<GatedSink>(output),
                     .queue = {.bytes = size_t{64} << 10},
                     .ids = ids,
                     .untold_path = {}});
  return outputs;
}

// What is not written is told, exactly, whatever the output does.
TEST(AgentLosses, AreExactWhenTheOutputDoesNotKeepUp) {
  constexpr uint32_t kProcesses = 5000;
  const TempDir dir;
  ScriptedSource source(kProcesses);
  const SystemClock clock;
  LiveEngineOptions live_options;
  live_options.lineage.proc_path = dir.Path("proc");
  LiveEngine live(live_options, clock);
  Result<RecordIds> ids = RecordIds::Open(dir.Path("ids"));
  ASSERT_TRUE(ids.has_value());
  GatedSink::Shared output;
  auto policy = std::make_shared<AgentPolicy>();
  policy->serializers.fill(std::make_shared<LossSerializer>());
  policy->wanted.set(kProcessCreate.id).set(kProcessTerminate.id);
  uint64_t made = 0;
  {
    AgentOptions options;
    Agent agent({source, live, clock}, options, OneOutput(output, *ids), [](std::string_view) {});
    ASSERT_TRUE(agent.Start(policy).has_value());
    while (!source.done() || agent.status().outputs.front().lost == 0) std::this_thread::yield();
    {
      const MutexLock lock(output.mutex);
      output.open = true;
    }
    output.changed.NotifyAll();
    ASSERT_TRUE(agent.Stop().has_value());
    const Counters counters = live.engine.counters();
    made = counters[Counter::kCreates] + counters[Counter::kTerminates] +
           counters[Counter::kForkAnnouncements] + counters[Counter::kRunningAnnouncements];
  }
  std::map<std::string, uint64_t> told;
  uint64_t written = 0;
  const MutexLock lock(output.mutex);
  for (const std::string& line : output.lines) {
    if (line == "1" || line == "5") ++written;
    if (!line.starts_with("255 ")) continue;
    const size_t blank = line.find(' ', 4);
    told[line.substr(4, blank - 4)] += std::stoull(line.substr(blank + 1));
  }
  EXPECT_GE(made, 2 * kProcesses);
  EXPECT_GT(told["QUEUE_FULL"], 0u);
  EXPECT_EQ(written + told["QUEUE_FULL"], made);
  EXPECT_EQ(told["RING_FULL"], ScriptedSource::kRingLosses);
  ASSERT_FALSE(output.lines.empty());
  EXPECT_EQ(output.lines.front(), "4");
  EXPECT_EQ(output.lines.back(), "4");
}

class SteppedClock final : public Clock {
 public:
  uint64_t BootNs() const override { return boot_ns; }
  int64_t BootToUtcNs() const override { return 0; }

  std::atomic<uint64_t> boot_ns = 1'000'000'000'000;
};

// Lets a second pass with each Poll(), in which a fact is lost as long as it is told to. Notes when
// snapshots are taken.
class LossySource final : public EventSource {
 public:
  static constexpr ProcessKey kInit{1, 1};
  static constexpr ProcessKey kForgotten{100, 2};  // only the first snapshot has it

  LossySource(SteppedClock& clock, std::vector<bool> losses)
      : clock_(clock), begin_ns_(clock.boot_ns), losses_(std::move(losses)) {}

  Result<> Attach(const EventSet&) override { return {}; }
  Result<> Snapshot(FactConsumer& consumer) override {
    TaskFact init;
    init.subject.process = kInit;
    consumer.Apply(init);
    if (snapshots_.empty()) {
      TaskFact forgotten;
      forgotten.subject.process = kForgotten;
      forgotten.present_parent = kInit;
      consumer.Apply(forgotten);
    }
    snapshots_.push_back(second());
    return {};
  }
  Result<size_t> Poll(std::chrono::milliseconds, size_t, FactConsumer& consumer) override {
    if (second() < losses_.size()) {
      if (losses_[second()]) ++lost_;
      clock_.boot_ns += 1'000'000'000;
      ExecFact exec;
      exec.executable.links = 1;
      exec.subject.time_ns = clock_.boot_ns;
      exec.subject.process = kInit;
      consumer.Apply(exec);
    } else {
      done_ = true;
      std::this_thread::yield();
    }
    return 1;
  }
  void Wake() override {}
  SourceStatus Status() const override {
    SourceStatus status;
    status.losses[static_cast<size_t>(SourceLoss::kRecursion)] = lost_;
    return status;
  }

  bool done() const { return done_; }
  const std::vector<size_t>& snapshots() const { return snapshots_; }

 private:
  size_t second() const { return (clock_.boot_ns - begin_ns_) / 1'000'000'000; }

  SteppedClock& clock_;
  const uint64_t begin_ns_;
  const std::vector<bool> losses_;
  std::atomic<uint64_t> lost_ = 0;
  std::vector<size_t> snapshots_;
  std::atomic<bool> done_ = false;
};

TEST(AgentLosses, AreHealedByAnotherSnapshotEveryTenSecondsAtMost) {
  std::vector<bool> losses(60);
  for (const size_t second : {3u, 4u, 15u, 40u}) losses[second] = true;
  const TempDir dir;
  SteppedClock clock;
  LossySource source(clock, losses);
  LiveEngineOptions live_options;
  live_options.lineage.proc_path = dir.Path("proc");
  LiveEngine live(live_options, clock);
  Result<RecordIds> ids = RecordIds::Open(dir.Path("ids"));
  ASSERT_TRUE(ids.has_value());
  GatedSink::Shared output;
  {
    const MutexLock lock(output.mutex);
    output.open = true;
  }
  auto policy = std::make_shared<AgentPolicy>();
  policy->serializers.fill(std::make_shared<LossSerializer>());
  policy->wanted.set(kProcessCreate.id).set(kProcessTerminate.id);
  Agent agent({source, live, clock}, {}, OneOutput(output, *ids), [](std::string_view) {});
  ASSERT_TRUE(agent.Start(policy).has_value());
  while (!source.done()) std::this_thread::yield();
  ASSERT_TRUE(agent.Stop().has_value());
  // A loss is noticed a second later; not before ten seconds after the last snapshot it is healed.
  EXPECT_THAT(source.snapshots(), testing::ElementsAre(0, 10, 20, 41));
  EXPECT_EQ(live.engine.counters()[Counter::kMissedEnds], 1u);
}

}  // namespace
}  // namespace pidigree
