// Files that are rotated, with or without a word to the agent; outputs that are refused, or end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/output_account.h"

namespace pidigree {
namespace {

using testing::HasSubstr;

class AgentOutputFile : public AgentTest {
 protected:
  AgentOutputFile() { EXPECT_EQ(mkdir(folder_.c_str(), 0755), 0); }

  void Rotate() const { ASSERT_EQ(rename(file_.c_str(), (file_ + ".1").c_str()), 0); }
  bool IsThere() const { return access(file_.c_str(), F_OK) == 0; }
  bool Holds(const std::string& word) const {
    return !EventsWith(ReadEvents(file_), 1, word).empty();
  }
  ProgramResult AskStatus() const {
    return RunPidigree({"status", "--socket", dir_.Path("socket")});
  }
  // Of both files, one behind the other.
  OutputAccount Account() const {
    std::vector<LoggedEvent> events = ReadEvents(file_ + ".1");
    for (const LoggedEvent& event : ReadEvents(file_)) events.push_back(event);
    return OutputAccount(events);
  }

  const std::string folder_ = dir_.Path("log");
  const std::string file_ = folder_ + "/events";
};

TEST_F(AgentOutputFile, ThatCannotBeOpenedAgainFailsAndMissesNothingOnceItCan) {
  RunningAgent agent(dir_, {.more = {"--output", file_}});
  EXPECT_EQ(AskStatus().exit_status, 0);
  Rotate();
  ASSERT_EQ(chown(folder_.c_str(), kNobodyUid, kNobodyUid), 0);
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return !FiguresOf(agent.Status(), file_).works; }));
  EXPECT_EQ(AskStatus().exit_status, 1);
  RunProcess({"/bin/true", word_ + "while"});
  bool told = false;
  for (const LoggedEvent& event : agent.Events())
    told |= event.id == 255 && event.Get("Description") == "output " + file_ + " fails: open " +
                                                               file_ +
                                                               " for writing: Permission denied";
  EXPECT_TRUE(told);
  EXPECT_FALSE(IsThere());
  ASSERT_EQ(chown(folder_.c_str(), 0, 0), 0);
  ASSERT_TRUE(Eventually([&] { return FiguresOf(agent.Status(), file_).works; }));
  EXPECT_EQ(AskStatus().exit_status, 0);
  EXPECT_TRUE(Eventually([&] { return Holds(word_ + "while"); }));
  EXPECT_EQ(agent.Stop().exit_status, 0);
  EXPECT_EQ(Account().missing(), 0u);
  EXPECT_EQ(Account().ToldOf(file_), 0u);
  EXPECT_TRUE(Account().HasEnded());
}

TEST_F(AgentOutputFile, ThatWasRenamedWithoutAWordIsFound) {
  RunningAgent agent(dir_, {.more = {"--output", file_}});
  Rotate();
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_});
    return IsThere() && Holds(word_);
  }));
  EXPECT_EQ(agent.Stop().exit_status, 0);
  EXPECT_EQ(Account().missing(), 0u);
}

TEST_F(AgentOutputFile, HasTheModeAndGroupAskedForAlsoAfterARotation) {
  const group* const daemons = getgrnam("daemon");
  ASSERT_NE(daemons, nullptr);
  const gid_t gid = daemons->gr_gid;
  RunningAgent agent(dir_, {.more = {"--output", file_ + "?mode=0664&group=daemon"}});
  const auto expect_both = [&] {
    struct stat status {};
    ASSERT_EQ(stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0664u);
    EXPECT_EQ(status.st_gid, gid);
  };
  expect_both();
  Rotate();
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return IsThere(); }));
  RunProcess({"/bin/true", word_});
  ASSERT_TRUE(Eventually([&] { return Holds(word_); }));
  expect_both();
  EXPECT_EQ(agent.Stop().exit_status, 0);
}

// As `run --output - | head -1`.
TEST_F(AgentOutputFile, EndsWhereNobodyReadsStandardOutputAnyMore) {
  int pipe_fds[2];
  ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
  UniqueFd reader(pipe_fds[0]);
  UniqueFd writer(pipe_fds[1]);
  Conversation agent(
      {"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket"), "--output", "-"},
      -1, writer.get());
  writer = UniqueFd();
  char byte = 0;
  ASSERT_EQ(read(reader.get(), &byte, 1), 1);
  reader = UniqueFd();
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_});
    return agent.HasEnded();
  }));
  const ProgramResult result = agent.Finish();
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("pidigree: write to standard output: Broken pipe"));
}

class AgentRefusedOutputs : public AgentTest {
 protected:
  ProgramResult Run(const std::vector<std::string>& outputs, int stdout_fd = -1) const {
    std::vector<std::string> arguments = {"run",           "--state-dir",       dir_.Path("state"),
                                          "--socket",      dir_.Path("socket"), "--config",
                                          dir_.Path("xml")};
    for (const std::string& output : outputs)
      arguments.insert(arguments.end(), {"--output", output});
    ProgramInput input;
    input.stdout_fd = stdout_fd;
    return RunPidigree(arguments, input);
  }
  static void ExpectRefused(const ProgramResult& result, const std::string& output) {
    EXPECT_EQ(result.exit_status, 2);
    EXPECT_THAT(result.err, testing::StartsWith("pidigree: --output: '" + output + "'"));
  }
  void SetUp() override {
    AgentTest::SetUp();
    dir_.Write("xml", kConfig);
    dir_.Write("file", "");
    ASSERT_EQ(link(dir_.Path("file").c_str(), dir_.Path("other-name").c_str()), 0);
  }

  static constexpr char kConfig[] = "<Sysmon schemaversion=\"4.90\"><EventFiltering/></Sysmon>\n";
};

TEST_F(AgentRefusedOutputs, TheConfiguration) {
  ExpectRefused(Run({dir_.Path("xml")}), dir_.Path("xml"));
  EXPECT_EQ(ReadFile(dir_.Path("xml"), 1000).value_or(""), kConfig);
}

TEST_F(AgentRefusedOutputs, OneFileTwice) {
  ExpectRefused(Run({dir_.Path("file"), dir_.Path("file")}), dir_.Path("file"));
  ExpectRefused(Run({dir_.Path("file"), dir_.Path("other-name")}), dir_.Path("other-name"));
  const UniqueFd file(open(dir_.Path("file").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  ExpectRefused(Run({dir_.Path("other-name"), "-"}, file.get()), "-");
}

TEST_F(AgentRefusedOutputs, WhatIsNoPlace) {
  ExpectRefused(Run({"bad:x"}), "bad:x");
  ExpectRefused(Run({"journald"}), "journald");
}

}  // namespace
}  // namespace pidigree
