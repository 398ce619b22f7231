#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kRsyslogd[] = "/usr/sbin/rsyslogd";

// A real rsyslogd that reads a socket of the test, and nothing of the machine.
class Rsyslogd {
 public:
  explicit Rsyslogd(const TempDir& dir)
      : config_(dir.Path("rsyslog.conf")), pid_file_(dir.Path("rsyslog.pid")) {
    dir.Write("rsyslog.conf",
              "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
              "input(type=\"imuxsock\" Socket=\"" +
                  dir.Path("log") +
                  "\" CreatePath=\"on\"\n"
                  "      RateLimit.Interval=\"0\")\n"
                  "global(workDirectory=\"" +
                  dir.Path("") +
                  "\")\n"
                  "template(name=\"plain\" type=\"string\" string=\"%programname%%msg%\\n\")\n"
                  "if $programname == 'sysmon' then action(type=\"omfile\" file=\"" +
                  dir.Path("received") + "\" template=\"plain\")\n");
    Start();
  }
  ~Rsyslogd() { Stop(); }

  void Start() {
    pid_ = fork();
    if (pid_ == 0) {
      const int nothing = open("/dev/null", O_RDWR);
      dup2(nothing, STDOUT_FILENO);
      dup2(nothing, STDERR_FILENO);
      execl(kRsyslogd, kRsyslogd, "-n", "-f", config_.c_str(), "-i", pid_file_.c_str(), nullptr);
      _exit(127);
    }
  }
  void Stop() {
    if (pid_ < 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  std::string config_;
  std::string pid_file_;
  pid_t pid_ = -1;
};

class AgentSyslog : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    received_ = dir_.Path("received");
    if (IsSkipped()) return;
    ASSERT_EQ(access(kRsyslogd, X_OK), 0) << "rsyslog is not installed";
  }
  RunningAgentOptions Syslog() const {
    return {.more = {"--output", "syslog://" + dir_.Path("log")}};
  }
  // Events 1 that rsyslogd wrote, with that word.
  std::vector<LoggedEvent> Received(const std::string& word) {
    return EventsWith(ReadEvents(received_), 1, word);
  }

  std::string received_;
};

uint64_t LostIn(const std::string& status) {
  const size_t line = status.find("output: syslog");
  const size_t at = status.find("lost ", line);
  uint64_t lost = 0;
  std::from_chars(status.data() + at + 5, status.data() + status.size(), lost);
  return lost;
}

TEST_F(AgentSyslog, ArrivesAtRsyslogAsSysmonWithTheSameContent) {
  Rsyslogd rsyslogd(dir_);
  ASSERT_TRUE(Eventually([&] { return access(dir_.Path("log").c_str(), F_OK) == 0; }));
  RunningAgent agent(dir_, Syslog());
  RunProcess({"/bin/true", word_, "<&>\"' \t\n \xff", std::string(20'000, 'x')});
  const auto written = EventsWith(agent.Events(), 1, word_);
  ASSERT_THAT(written, SizeIs(1));
  ASSERT_TRUE(Eventually([&] { return !Received(word_).empty(); }));
  const LoggedEvent received = Received(word_)[0];
  EXPECT_EQ(received.record_id, written[0].record_id);
  for (const auto& [name, value] : written[0].fields) {
    if (name != "CommandLine") {
      EXPECT_EQ(received.Get(name), value) << name;
    }
  }
  // Whole in the file; shortened, with its end marked, where rsyslogd would cut.
  EXPECT_GT(written[0].Get("CommandLine").size(), 20'000u);
  EXPECT_LT(received.Get("CommandLine").size(), 8068u);
  EXPECT_TRUE(received.Get("CommandLine").ends_with("..."));
  const std::string lines = ReadFile(received_, 1 << 30).value_or("");
  EXPECT_THAT(lines, testing::StartsWith("sysmon <Event>"));
}

TEST_F(AgentSyslog, GoesOnWhenRsyslogComesBackAndCountsWhatWasLost) {
  Rsyslogd rsyslogd(dir_);
  ASSERT_TRUE(Eventually([&] { return access(dir_.Path("log").c_str(), F_OK) == 0; }));
  RunningAgent agent(dir_, Syslog());
  rsyslogd.Stop();
  for (int i = 0; i < 20; ++i) RunProcess({"/bin/true", word_ + "lost"});
  agent.Events();
  ASSERT_TRUE(Eventually([&] { return agent.Status().find(" fails, ") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] { return LostIn(agent.Status()) >= 40; }));
  rsyslogd.Start();
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_ + "back"});
    return !Received(word_ + "back").empty();
  }));
  EXPECT_THAT(agent.Status(), HasSubstr("works, "));
  agent.Events();
  const uint64_t lost = LostIn(agent.Status());
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, HasSubstr("events are lost and counted until it works again"));
  EXPECT_THAT(result.err, HasSubstr("syslog://" + dir_.Path("log") + " works again"));

  uint64_t told = 0;
  for (const LoggedEvent& event : ReadEvents(agent.output()))
    if (event.id == 255 && event.Get("ID") == "SINK")
      told += std::stoull(std::string(event.Get("Description")));
  EXPECT_EQ(told, lost);
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
  RunningAgent agent(dir_, {.more = {}, .output = disk_ + "/events"});
  const std::string ballast = disk_ + "/ballast";
  {
    const UniqueFd file(open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string block(4096, 'x');
    while (write(file.get(), block.data(), block.size()) > 0) {
    }
  }
  ASSERT_TRUE(Eventually([&] {
    for (int i = 0; i < 20; ++i) RunProcess({"/bin/true", word_ + "lost"});
    return agent.Status().find(" fails, ") != std::string::npos;
  }));
  ASSERT_EQ(unlink(ballast.c_str()), 0);
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_ + "back"});
    return !EventsWith(ReadEvents(agent.output()), 1, word_ + "back").empty();
  }));
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("No space left on device"));

  // Every number was given, written or counted.
  uint64_t told = 0;
  uint64_t last = 0;
  uint64_t missing = 0;
  for (const LoggedEvent& event : ReadEvents(agent.output())) {
    missing += event.record_id - last - 1;
    last = event.record_id;
    if (event.id == 255 && event.Get("ID") == "SINK")
      told += std::stoull(std::string(event.Get("Description")));
  }
  EXPECT_GT(told, 0u);
  EXPECT_EQ(told, missing);
}

}  // namespace
}  // namespace pidigree
