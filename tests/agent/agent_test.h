#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>

#include "tests/agent/running_agent.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

constexpr uid_t kNobodyUid = 65534;

class AgentTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string why_not;
    if (!CanRunAgents(why_not)) GTEST_SKIP() << why_not;
  }

  const TempDir dir_;
  const std::string word_ = UniqueWord();
};

}  // namespace pidigree
