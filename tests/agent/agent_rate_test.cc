#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

using testing::HasSubstr;

// Creates and deletes files that nobody else can have; the agent keeps events of these alone.
class AgentRate : public AgentTest {
 protected:
  static constexpr size_t kFiles = 200;
  static constexpr size_t kMost = 20;

  std::string Config() const {
    std::string filters;
    for (const char* event : {"FileCreate", "FileDelete"})
      filters += "<" + std::string(event) +
                 " onmatch=\"include\"><TargetFilename condition=\"contains\">" + word_ +
                 "</TargetFilename></" + event + ">";
    return dir_.Write("config", "<Sysmon schemaversion=\"4.90\"><EventFiltering>" + filters +
                                    "</EventFiltering></Sysmon>");
  }
  void MakeAndDelete() const {
    const std::string path = dir_.Path(word_);
    for (size_t i = 0; i < kFiles; ++i) {
      ASSERT_TRUE(UniqueFd(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600)));
      ASSERT_EQ(unlink(path.c_str()), 0);
    }
  }
  static size_t Count(const std::vector<LoggedEvent>& events, uint16_t id) {
    size_t count = 0;
    for (const LoggedEvent& event : events) count += event.id == id;
    return count;
  }
};

TEST_F(AgentRate, WhatIsBeyondTheBoundIsCounted) {
  RunningAgent agent(dir_, {.more = {"--config", Config(), "--max-rate", "11:20"}});
  MakeAndDelete();
  agent.Events();
  EXPECT_EQ(agent.Stop().exit_status, 0);
  const std::vector<LoggedEvent> events = ReadEvents(agent.output());
  const size_t created = Count(events, 11);
  EXPECT_GE(created, kMost);
  EXPECT_LT(created, kFiles);
  EXPECT_EQ(Count(events, 23), kFiles) << "these have no bound";
  uint64_t reported = 0;
  for (const LoggedEvent& event : events) {
    if (event.id != 255 || event.Get("ID") != "RATE_BOUND") continue;
    EXPECT_THAT(std::string(event.Get("Description")), HasSubstr(" events lost from "));
    reported += std::stoul(std::string(event.Get("Description")));
  }
  EXPECT_EQ(created + reported, kFiles);
}

TEST_F(AgentRate, OffUnlessItIsAskedFor) {
  RunningAgent agent(dir_, {.more = {"--config", Config()}});
  MakeAndDelete();
  EXPECT_EQ(Count(agent.Events(), 11), kFiles);
  EXPECT_THAT(agent.Status(), HasSubstr("\nlost-RATE_BOUND: 0\n"));
}

TEST_F(AgentRate, ABoundOfProcessesThemselvesIsRefused) {
  const ProgramResult refused = RunPidigree({"run", "--max-rate", "1:10"});
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, HasSubstr("'1:10' names no event that can be bounded"));
}

}  // namespace
}  // namespace pidigree
