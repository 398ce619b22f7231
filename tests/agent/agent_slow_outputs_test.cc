// Log daemons that take little or nothing harm nobody, and lose nothing in silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/file_burst.h"
#include "tests/agent/output_account.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

// Reads a datagram socket as fast as it is told to.
class PacedReader {
 public:
  explicit PacedReader(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    thread_ = std::jthread([this](const std::stop_token& stop) { Read(stop); });
  }

  // Lines a second; 0: none.
  void SetPace(int pace) { pace_ = pace; }
  std::vector<LoggedEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  size_t count() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  void Read(const std::stop_token& stop) {
    constexpr std::chrono::milliseconds kTick{10};
    auto next = std::chrono::steady_clock::now();
    for (; !stop.stop_requested(); std::this_thread::sleep_until(next += kTick))
      for (int i = 0; i < pace_ / 100 && Take(); ++i) {
      }
  }
  bool Take() {
    char bytes[16 * 1024];
    const ssize_t got = recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0) return false;
    const auto event = ParseLoggedEvent({bytes, static_cast<size_t>(got)});
    EXPECT_TRUE(event.has_value());
    const std::lock_guard lock(mutex_);
    if (event) events_.push_back(*event);
    return true;
  }

  const UniqueFd socket_;
  std::atomic<int> pace_ = 0;
  mutable std::mutex mutex_;
  std::vector<LoggedEvent> events_;
  std::jthread thread_;
};

constexpr int kAsFastAsItComes = 1'000'000;

class AgentSlowOutputs : public AgentTest {
 protected:
  RunningAgentOptions Options(const std::string& keys) const {
    return {.more = {"--config", burst_.config(), "--output", name_ + keys}};
  }
  // Until all files that were made are lines.
  void AwaitLines(const RunningAgent& agent) {
    const auto made = static_cast<uint64_t>(burst_.made());
    EXPECT_TRUE(Eventually([&] {
      const std::string status = agent.Status();
      return StatusNumber(status, "events-11") >= made &&
             FiguresOf(status, agent.output()).waiting_bytes == 0;
    })) << agent.Status();
  }
  // Stops it, and returns what the reader knows then.
  OutputAccount StopAndRead(RunningAgent& agent) {
    const ProgramResult result = agent.Stop();
    EXPECT_EQ(result.exit_status, 0) << result.err;
    EXPECT_TRUE(Eventually([&] { return OutputAccount(reader_.events()).HasEnded(); }));
    return OutputAccount(reader_.events());
  }

  FileBurst burst_{dir_, false};
  const std::string name_ = "syslog://" + dir_.Path("log");
  PacedReader reader_{dir_.Path("log")};
};

TEST_F(AgentSlowOutputs, OneOf500LinesASecondMissesNothingAndHoldsUpNobody) {
  constexpr int kFiles = 4000;
  reader_.SetPace(500);
  RunningAgent agent(dir_, Options(""));
  burst_.Make(kFiles);
  AwaitLines(agent);
  EXPECT_LT(reader_.count(), size_t{kFiles / 2});
  EXPECT_TRUE(Eventually([&] { return reader_.count() > kFiles; }));
  EXPECT_EQ(FiguresOf(agent.Status(), name_).lost, 0u);
  const OutputAccount account = StopAndRead(agent);
  EXPECT_GT(account.arrived(), uint64_t{kFiles});
  EXPECT_EQ(account.missing(), 0u);
  EXPECT_EQ(account.ToldOf(name_), 0u);
}

TEST_F(AgentSlowOutputs, OneThatReadsNothingIsToldExactlyWhatItLostAndMemoryStays) {
  RunningAgent agent(dir_, Options("?queue=64K"));
  const auto burst = [&] {
    burst_.Make(5000);
    AwaitLines(agent);
    return StatusNumber(agent.Status(), "memory-bytes");
  };
  uint64_t warm = 0;
  for (int i = 0; i < 2; ++i) warm = std::max(warm, burst());
  uint64_t most = 0;
  for (int i = 0; i < 6; ++i) most = std::max(most, burst());
  // What these bursts lost has 20 MB. Sanitizers keep what was freed for a while.
  if (!kSanitized) {
    EXPECT_LE(most, warm + (4u << 20)) << warm;
  }
  EXPECT_GT(FiguresOf(agent.Status(), name_).lost, 35'000u);

  reader_.SetPace(kAsFastAsItComes);
  EXPECT_TRUE(Eventually([&] {
    const OutputFigures figures = FiguresOf(agent.Status(), name_);
    return figures.works && figures.waiting_bytes == 0;
  }));
  const uint64_t lost = FiguresOf(agent.Status(), name_).lost;
  const OutputAccount account = StopAndRead(agent);
  EXPECT_EQ(account.missing(), lost);
  EXPECT_EQ(account.ToldOf(name_), lost);
  const OutputAccount file(ReadEvents(agent.output()));
  EXPECT_EQ(file.missing(), 0u);
  EXPECT_EQ(file.ToldOf(name_), lost);

  // The report stands before the first line behind the gap.
  const std::vector<LoggedEvent> events = reader_.events();
  const auto gap = std::ranges::adjacent_find(events, [](const auto& before, const auto& behind) {
    return behind.record_id != before.record_id + 1;
  });
  ASSERT_NE(gap, events.end());
  EXPECT_EQ(gap[1].id, 255);
}

}  // namespace
}  // namespace pidigree
