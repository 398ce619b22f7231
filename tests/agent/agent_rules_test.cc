#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

// What a rule on command lines sees of a script with three subshells, each of which runs a program.
class AgentAnnouncements : public AgentTest {
 protected:
  // Events 1 with `needle` in the command line: matches of the rule that looks for it.
  size_t MatchesWith(const std::string& excluded_descriptions) {
    const std::string config = dir_.Write(
        "config.xml",
        "<Sysmon schemaversion=\"4.90\"><EventFiltering><ProcessCreate onmatch=\"exclude\">" +
            excluded_descriptions + "</ProcessCreate></EventFiltering></Sysmon>\n");
    RunningAgent agent(dir_, {.more = {"--config", config}});
    const std::string needle = UniqueWord();
    RunProcess(
        {"/bin/sh", "-c",
         "(/bin/true; /bin/true); (/bin/true; /bin/true); (/bin/true; /bin/true); : " + needle});
    return EventsWith(agent.Events(), 1, needle).size();
  }
};

TEST_F(AgentAnnouncements, OfSubshellsRepeatTheCommandLineOfTheirShell) {
  EXPECT_EQ(MatchesWith(""), 4u);  // the shell, and three subshells that were named as parents
}

TEST_F(AgentAnnouncements, CanBeLeftOut) {
  EXPECT_EQ(MatchesWith("<Description condition=\"is\">fork</Description>"), 1u);
}

TEST_F(AgentAnnouncements, RulesCanNameHashes) {
  const std::string config = dir_.Write(
      "config.xml",
      "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>MD5</HashAlgorithms><EventFiltering>"
      "<ProcessCreate onmatch=\"include\"><Hashes condition=\"contains\">MD5=</Hashes>"
      "</ProcessCreate></EventFiltering></Sysmon>\n");
  RunningAgent agent(dir_, {.more = {"--config", config}});
  RunProcess({"/bin/true", word_});
  EXPECT_THAT(EventsWith(agent.Events(), 1, word_), testing::SizeIs(1));
}

}  // namespace
}  // namespace pidigree
