// How an agent stops while things go on happening, and while nobody takes what it writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "schema/events.h"
#include "src/pipeline/agent.h"
#include "tests/pipeline/loss_serializer.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::IsEmpty;

// Processes that run a program and end: as many as Poll() takes, or none.
class EndlessSource final : public EventSource {
 public:
  Result<> Attach(const EventSet&) override { return {}; }
  Result<> Snapshot(FactConsumer&) override { return {}; }
  Result<size_t> Poll(std::chrono::milliseconds, size_t max_facts,
                      FactConsumer& consumer) override {
    if (quiet_) std::this_thread::sleep_for(1ms);
    size_t facts = 0;
    for (; facts < max_facts && !quiet_; facts += 2) {
      const uint64_t now = ++made_;  // long ago: nothing happens after the stop
      ExecFact exec;
      exec.executable.links = 1;
      exec.subject.time_ns = now;
      exec.subject.process = {static_cast<uint32_t>(1000 + now), now};
      exec.present_parent = {1, 0};
      exec.image.text = "/bin/program";
      exec.arguments = "program\0"sv;
      consumer.Apply(exec);
      ExitFact exit;
      exit.subject.time_ns = now;
      exit.subject.process = exec.subject.process;
      consumer.Apply(exit);
    }
    return facts;
  }
  void Wake() override {}
  SourceStatus Status() const override { return {}; }

  void BeQuiet() { quiet_ = true; }
  uint64_t made() const { return made_; }

 private:
  std::atomic<bool> quiet_ = false;
  std::atomic<uint64_t> made_ = 0;
};

// Takes everything, or nothing.
class Output final : public LineSink {
 public:
  explicit Output(std::vector<std::string>* lines) : lines_(lines) {}
  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& lines, size_t& next) override {
    if (lines_ == nullptr) return Fail(ErrorCode::kSystem, "nobody takes it");
    for (; next < lines.size(); ++next) lines_->push_back(WithoutId(lines.line(next)));
    return {};
  }

 private:
  std::vector<std::string>* const lines_;
  const std::string name_ = "output";
};

using Losses = std::map<std::string, uint64_t, std::less<>>;

Losses ToldIn(const std::vector<std::string>& lines) {
  Losses told;
  for (const std::string& line : lines) {
    if (!line.starts_with("255 ")) continue;
    const size_t blank = line.find(' ', 4);
    told[line.substr(4, blank - 4)] += std::stoull(line.substr(blank + 1));
  }
  return told;
}

Losses UntoldOf(const Agent& agent) {
  Losses untold;
  for (const LossReport& loss : agent.untold_losses())
    untold[std::string(NameOf(loss.cause))] += loss.count;
  return untold;
}

uint64_t SumOf(const Losses& losses) {
  uint64_t sum = 0;
  for (const auto& [cause, count] : losses) sum += count;
  return sum;
}

class AgentStop : public testing::Test {
 protected:
  // `lines`: what the output took; null if it takes nothing.
  std::unique_ptr<Agent> Start(std::vector<std::string>* lines) {
    LiveEngineOptions live_options;
    live_options.lineage.proc_path = dir_.Path("proc");
    live_.emplace(live_options, clock_);
    auto policy = std::make_shared<AgentPolicy>();
    policy->serializers.fill(std::make_shared<LossSerializer>());
    policy->wanted.set(kProcessCreate.id).set(kProcessTerminate.id);
    AgentOptions options;
    options.drain_time = drain_time_;
    std::vector<DestinationSetup> outputs;
    outputs.push_back({.sink = std::make_unique<Output>(lines),
                       .queue = {},
                       .ids = RecordIds::Open(dir_.Path("ids")).value(),
                       .untold_path = dir_.Path("untold")});
    auto agent = std::make_unique<Agent>(Agent::Parts{source_, *live_, clock_}, options,
                                         std::move(outputs), [](std::string_view) {});
    EXPECT_TRUE(agent->Start(policy));
    return agent;
  }
  void LetItSee(uint64_t processes) const {
    while (source_.made() < processes) std::this_thread::yield();
  }
  // Events 1 and 5 that the facts became, or would have become.
  uint64_t Events() const {
    const Counters counters = live_->engine.counters();
    return 2 * source_.made() + counters[Counter::kForkAnnouncements] +
           counters[Counter::kRunningAnnouncements];
  }

  const TempDir dir_;
  const SystemClock clock_{};
  std::chrono::milliseconds drain_time_ = 400ms;
  EndlessSource source_;
  std::optional<LiveEngine> live_;
};

TEST_F(AgentStop, EndsWhileThingsGoOnHappeningAndCountsWhatWasLeft) {
  std::vector<std::string> lines;
  const auto agent = Start(&lines);
  LetItSee(1000);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(agent->Stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);  // it would go on for ever
  uint64_t written = 0;
  for (const std::string& line : lines) written += line == "1" || line == "5" ? 1 : 0;
  const Losses told = ToldIn(lines);
  EXPECT_TRUE(told.contains("STOP"));
  EXPECT_EQ(written + SumOf(told), Events());
  EXPECT_THAT(UntoldOf(*agent), IsEmpty());
  EXPECT_EQ(lines.back(), "4");
}

// On a host so busy that its time is over before it has looked.
TEST_F(AgentStop, CountsWhatWasLeftHoweverLateItIs) {
  drain_time_ = 0ms;
  std::vector<std::string> lines;
  const auto agent = Start(&lines);
  LetItSee(1000);
  ASSERT_TRUE(agent->Stop());
  EXPECT_GT(ToldIn(lines)["STOP"] + UntoldOf(*agent)["STOP"], 0u);
}

TEST_F(AgentStop, LeavesToTheNextRunWhatNobodyCouldBeTold) {
  auto deaf = Start(nullptr);
  LetItSee(1000);
  ASSERT_TRUE(deaf->Stop());
  Losses untold = UntoldOf(*deaf);
  // Event 4 twice, and what could be said of losses and of the failure.
  EXPECT_GE(SumOf(untold), Events() + 2);
  EXPECT_LE(SumOf(untold), Events() + 20);

  deaf.reset();
  source_.BeQuiet();
  std::vector<std::string> lines;
  const auto next = Start(&lines);
  ASSERT_TRUE(next->Stop());
  std::erase_if(untold, [](const auto& loss) { return loss.second == 0; });
  EXPECT_EQ(ToldIn(lines), untold);
  EXPECT_THAT(UntoldOf(*next), IsEmpty());
}

}  // namespace
}  // namespace pidigree
