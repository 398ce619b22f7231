// Real log daemons that go, stand still or have no room: what arrived and what was told lost is
// what was sent, by number.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/file_burst.h"
#include "tests/agent/log_daemons.h"
#include "tests/agent/output_account.h"

namespace pidigree {
namespace {

using testing::HasSubstr;

// More than sockets and queues of 64 KiB take: 3.5 MB.
constexpr int kTooMany = 1400;

// A file, rsyslogd, and syslog-ng by datagrams and by a stream.
class AgentDaemons : public AgentTest {
 protected:
  struct Reader {
    std::string output;  // its name
    std::string received;
  };

  AgentDaemons() : disk_(dir_.Path("disk")) { EXPECT_EQ(mkdir(disk_.c_str(), 0700), 0); }
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    readers_.push_back({"syslog://" + dir_.Path("rs.socket"), dir_.Path("rs")});
    for (const std::string name : {"ng-dgram", "ng-stream"})
      readers_.push_back({"syslog://" + dir_.Path(name + ".socket"), disk_ + "/" + name});
    rsyslogd_.Start();
    syslog_ng_.Start();
  }

  RunningAgentOptions Options(const std::string& queue = "64K") const {
    RunningAgentOptions options{.more = {"--config", burst_.config()}};
    for (const Reader& reader : readers_)
      options.more.insert(options.more.end(), {"--output", reader.output + "?queue=" + queue});
    return options;
  }
  // Waits until `condition` holds for each output to a daemon.
  bool AllOf(const RunningAgent& agent,
             const std::function<bool(const OutputFigures&)>& condition) {
    return Eventually([&] {
      const std::string status = agent.Status();
      return std::ranges::all_of(readers_, [&](const Reader& reader) {
        return condition(FiguresOf(status, reader.output));
      });
    });
  }
  // Until everything that was sent so far is where it belongs.
  void AwaitArrival(RunningAgent& agent) {
    agent.Events();
    EXPECT_TRUE(AllOf(agent, [](const OutputFigures& figures) {
      return figures.works && figures.waiting_bytes == 0;
    })) << agent.Status();
    const std::string status = agent.Status();
    for (const Reader& reader : readers_)
      EXPECT_TRUE(Eventually([&] {
        return OutputAccount::OfFile(reader.received).arrived() >=
               FiguresOf(status, reader.output).written;
      })) << reader.received;
  }
  // Stops it, and compares what everybody has and was told.
  void ExpectTheSameAccounts(RunningAgent& agent) {
    AwaitArrival(agent);
    const std::string status = agent.Status();
    const ProgramResult result = agent.Stop();
    EXPECT_EQ(result.exit_status, 0) << result.err;
    const OutputAccount file(ReadEvents(agent.output()));
    EXPECT_EQ(file.missing(), 0u);
    for (const Reader& reader : readers_) {
      SCOPED_TRACE(reader.output);
      ASSERT_TRUE(Eventually([&] { return OutputAccount::OfFile(reader.received).HasEnded(); }));
      const auto received = OutputAccount::OfFile(reader.received);
      const uint64_t lost = FiguresOf(status, reader.output).lost;
      EXPECT_EQ(received.missing(), lost);
      EXPECT_EQ(received.ToldOf(reader.output), lost);
      EXPECT_EQ(file.ToldOf(reader.output), lost);
    }
  }

  const std::string disk_;
  FileBurst burst_{dir_, true};
  // It forgets what it has taken and could not write: what it has taken the second file has.
  Rsyslogd rsyslogd_{dir_, "rs", dir_.Path("rs.socket"),
                     Rsyslogd::WriteTo(disk_ + "/rs") + Rsyslogd::WriteTo(dir_.Path("rs"))};
  SyslogNg syslog_ng_{dir_, disk_};
  std::vector<Reader> readers_;
};

TEST_F(AgentDaemons, RestartedMissNothingThatThereWasRoomFor) {
  RunningAgent agent(dir_, Options("1M"));
  burst_.Make(10);
  AwaitArrival(agent);
  rsyslogd_.Stop();
  syslog_ng_.Stop();
  burst_.Make(10);
  ASSERT_TRUE(AllOf(agent, [](const OutputFigures& figures) { return !figures.works; }));
  rsyslogd_.Start();
  syslog_ng_.Start();
  burst_.Make(10);
  ExpectTheSameAccounts(agent);
  for (const Reader& reader : readers_)
    EXPECT_EQ(OutputAccount::OfFile(reader.received).missing(), 0u) << reader.output;
}

TEST_F(AgentDaemons, RestartedAreToldWhatThereWasNoRoomFor) {
  RunningAgent agent(dir_, Options());
  AwaitArrival(agent);
  rsyslogd_.Stop();
  syslog_ng_.Stop();
  burst_.Make(200);
  agent.Events();
  ASSERT_TRUE(AllOf(agent, [](const OutputFigures& figures) {
    return !figures.works && figures.lost > 0;
  })) << agent.Status();
  rsyslogd_.Start();
  syslog_ng_.Start();
  ExpectTheSameAccounts(agent);
}

TEST_F(AgentDaemons, ThatStoodStillAreToldWhatThereWasNoRoomFor) {
  RunningAgent agent(dir_, Options());
  AwaitArrival(agent);
  rsyslogd_.Pause();
  syslog_ng_.Pause();
  burst_.Make(kTooMany);
  agent.Events();
  ASSERT_TRUE(AllOf(agent, [](const OutputFigures& figures) { return figures.lost > 0; }))
      << agent.Status();
  rsyslogd_.Continue();
  syslog_ng_.Continue();
  ExpectTheSameAccounts(agent);
}

class AgentDaemonsOnAFullDisk : public AgentDaemons {
 protected:
  AgentDaemonsOnAFullDisk() : mounted_(mount("none", disk_.c_str(), "tmpfs", 0, "size=16m") == 0) {}
  ~AgentDaemonsOnAFullDisk() override { umount2(disk_.c_str(), MNT_DETACH); }

  const bool mounted_;
};

TEST_F(AgentDaemonsOnAFullDisk, AreToldWhatThereWasNoRoomFor) {
  ASSERT_TRUE(mounted_) << "cannot mount a tmpfs";
  RunningAgent agent(dir_, Options());
  AwaitArrival(agent);
  const std::string ballast = disk_ + "/ballast";
  {
    const UniqueFd file(open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string block(4096, 'x');
    while (write(file.get(), block.data(), block.size()) > 0) {
    }
  }
  burst_.Make(kTooMany);
  agent.Events();
  // rsyslogd takes more than it can write, the other does not.
  ASSERT_TRUE(Eventually([&] {
    const std::string status = agent.Status();
    return FiguresOf(status, readers_[1].output).lost > 0 &&
           FiguresOf(status, readers_[2].output).lost > 0;
  })) << agent.Status();
  ASSERT_EQ(unlink(ballast.c_str()), 0);
  ExpectTheSameAccounts(agent);
}

}  // namespace
}  // namespace pidigree
