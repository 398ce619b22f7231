#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/log_daemons.h"
#include "tests/agent/output_account.h"

namespace pidigree {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class AgentSyslog : public AgentTest {};

TEST_F(AgentSyslog, ArrivesAtRsyslogAsSysmonWithTheSameContent) {
  const std::string socket = dir_.Path("log");
  const std::string file = dir_.Path("received");
  Rsyslogd rsyslogd(dir_, "rsyslog", socket, Rsyslogd::WriteTo(file));
  rsyslogd.Start();
  RunningAgent agent(dir_, {.more = {"--output", "syslog://" + socket}});
  RunProcess({"/bin/true", word_, "<&>\"' \t\n \xff", std::string(20'000, 'x')});
  const auto written = EventsWith(agent.Events(), 1, word_);
  ASSERT_THAT(written, SizeIs(1));
  const auto received_events = [&] { return EventsWith(ReadEvents(file), 1, word_); };
  ASSERT_TRUE(Eventually([&] { return !received_events().empty(); }));
  const LoggedEvent received = received_events()[0];
  EXPECT_EQ(received.record_id, written[0].record_id);
  for (const auto& [name, value] : written[0].fields) {
    if (name != "CommandLine") {
      EXPECT_EQ(received.Get(name), value) << name;
    }
  }
  // Whole in the file; shortened, with its end marked, where rsyslogd would cut.
  EXPECT_GT(written[0].Get("CommandLine").size(), 20'000u);
  EXPECT_LT(received.Get("CommandLine").size(), 7900u);
  EXPECT_TRUE(received.Get("CommandLine").ends_with("..."));
  const std::string lines = ReadFile(file, 1 << 30).value_or("");
  EXPECT_THAT(lines, testing::StartsWith("sysmon <Event>"));
}

class AgentFullDisk : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    disk_ = dir_.Path("disk");
    ASSERT_EQ(mkdir(disk_.c_str(), 0700), 0);
    if (mount("none", disk_.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "cannot mount";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount2(disk_.c_str(), MNT_DETACH);
  }

  std::string disk_;
  bool mounted_ = false;
};

TEST_F(AgentFullDisk, LeavesWholeLinesCountsTheRestAndGoesOn) {
  const std::string file = disk_ + "/events";
  RunningAgent agent(dir_, {.more = {"--output", file + "?queue=64K"}});
  const std::string ballast = disk_ + "/ballast";
  {
    const UniqueFd full(open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string block(4096, 'x');
    while (write(full.get(), block.data(), block.size()) > 0) {
    }
  }
  ASSERT_TRUE(Eventually([&] {
    for (int i = 0; i < 20; ++i) RunProcess({"/bin/true", word_ + "lost"});
    const OutputFigures figures = FiguresOf(agent.Status(), file);
    return !figures.works && figures.lost > 0;
  }));
  ASSERT_EQ(unlink(ballast.c_str()), 0);
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_ + "back"});
    return !EventsWith(ReadEvents(file), 1, word_ + "back").empty();
  }));
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("No space left on device; events wait "),
                                HasSubstr("pidigree: " + file + " works again\n")));

  // Every number was given, written or counted.
  const OutputAccount account(ReadEvents(file));
  EXPECT_GT(account.missing(), 0u);
  EXPECT_EQ(account.ToldOf(file), account.missing());
  EXPECT_EQ(OutputAccount(ReadEvents(agent.output())).ToldOf(file), account.missing());
}

}  // namespace
}  // namespace pidigree
