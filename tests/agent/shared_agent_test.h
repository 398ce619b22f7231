#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/agent/agent_test.h"

namespace pidigree {

// The tests of `Suite` share one agent: kernels take seconds to attach and to detach all hooks.
// `Suite` has
//   static std::string Config();  // its configuration; "": none
template <typename Suite>
class SharedAgentTest : public AgentTest {
 public:
  static void TearDownTestSuite() {
    if (!agent_) return;
    EXPECT_EQ(agent_->Stop().exit_status, 0);
    agent_.reset();
    agent_dir_.reset();
  }

 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (agent_ || IsSkipped()) return;
    agent_dir_ = std::make_unique<TempDir>();
    const std::string config = Suite::Config();
    std::vector<std::string> more;
    if (!config.empty()) more = {"--config", agent_dir_->Write("config", config)};
    agent_ = std::make_unique<RunningAgent>(*agent_dir_, RunningAgentOptions{.more = more});
  }

  // One that had a part in a failure is asked what it lost, and the next test gets another.
  void TearDown() override {
    if (HasFailure()) agent_.reset();
  }

  static RunningAgent& agent() { return *agent_; }

  // Lets it load its configuration again: the same one, in a file that is not.
  static void Reload() {
    agent_dir_->Write("config", Suite::Config() + "\n");
    agent_->Signal(SIGHUP);
  }

 private:
  static inline std::unique_ptr<TempDir> agent_dir_;
  static inline std::unique_ptr<RunningAgent> agent_;
};

}  // namespace pidigree
