#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class AgentLife : public AgentTest {};

std::vector<LoggedEvent> OfId(const std::vector<LoggedEvent>& events, uint16_t id) {
  std::vector<LoggedEvent> found;
  for (const LoggedEvent& event : events)
    if (event.id == id) found.push_back(event);
  return found;
}

std::string Sha256Of(const std::string& path) {
  FILE* const pipe = popen(("sha256sum " + path).c_str(), "r");
  char digest[65] = {};
  EXPECT_EQ(fread(digest, 1, 64, pipe), 64u);
  pclose(pipe);
  return std::string("SHA256=") + digest;
}

TEST_F(AgentLife, TellsItsStartAndItsStop) {
  RunningAgent agent(dir_);
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const auto states = OfId(ReadEvents(agent.output()), 4);
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_EQ(states[0].Get("State"), "Started");
  EXPECT_EQ(states[1].Get("State"), "Stopped");
  EXPECT_THAT("pidigree " + std::string(states[0].Get("Version")) + "\n",
              RunPidigree({"--version"}).out);
}

TEST_F(AgentLife, WritesAProcessItsHashItsParentAndItsEnd) {
  RunningAgent agent(dir_);
  const std::string shell = "/bin/true " + word_ + "child; exit 0";
  const pid_t parent = RunProcess({"/bin/sh", "-c", shell});
  const auto events = agent.Events();
  const auto shells = EventsWith(events, 1, "sh -c " + shell);
  const auto children = EventsWith(events, 1, "/bin/true " + word_ + "child");
  ASSERT_THAT(shells, SizeIs(1));
  ASSERT_THAT(children, testing::Not(IsEmpty()));
  const LoggedEvent& child = children.back();
  EXPECT_EQ(child.Get("CommandLine"), "/bin/true " + word_ + "child");
  EXPECT_EQ(child.Get("Image"), "/usr/bin/true");
  EXPECT_EQ(child.Get("Hashes"), Sha256Of("/usr/bin/true"));
  EXPECT_EQ(child.Get("ParentProcessId"), std::to_string(parent));
  EXPECT_EQ(child.Get("ParentProcessGuid"), shells[0].Get("ProcessGuid"));
  EXPECT_EQ(child.Get("ParentCommandLine"), shells[0].Get("CommandLine"));
  size_t ends = 0;
  for (const LoggedEvent& event : OfId(events, 5))
    ends += event.Get("ProcessGuid") == child.Get("ProcessGuid") ? 1 : 0;
  EXPECT_EQ(ends, 1u);
}

TEST_F(AgentLife, NamesALiveProcessAsEverybodyCan) {
  RunningAgent agent(dir_);
  Conversation reader({"translate", "-"});
  // It is alive, and waits for its input.
  std::string guid;
  ASSERT_TRUE(Eventually([&] {
    guid = RunPidigree({"guid", std::to_string(reader.pid())}).out;
    return !guid.empty();
  }));
  size_t found = 0;
  for (const LoggedEvent& event : OfId(agent.Events(), 1)) {
    if (event.Get("ProcessId") != std::to_string(reader.pid())) continue;
    ++found;
    EXPECT_EQ(std::string(event.Get("ProcessGuid")) + "\n", guid);
  }
  EXPECT_GT(found, 0u);
}

TEST_F(AgentLife, AnswersStatusToRootAlone) {
  RunningAgent agent(dir_);
  struct stat status {};
  ASSERT_EQ(stat(dir_.Path("socket").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  agent.Events();
  const std::string text = agent.Status();
  for (const char* line : {"version: ", "uptime-seconds: ", "source: bpf\n",
                           "/sched_process_exec\n", "hook: ", "events-1: ", "lost-QUEUE_FULL: 0\n",
                           "processes: ", "memory-bytes: ", "queue-records: "})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, HasSubstr("output: " + agent.output() + " works, written "));
}

TEST_F(AgentLife, AttachesNoSystemCallHookForProcessEvents) {
  RunningAgent agent(dir_);
  EXPECT_THAT(agent.Status(), testing::Not(HasSubstr("sys_")));
}

TEST_F(AgentLife, SaysThatNoAgentRuns) {
  const ProgramResult result = RunPidigree({"status", "--socket", dir_.Path("socket")});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.err, "pidigree: no agent listens on " + dir_.Path("socket") + "\n");
}

TEST_F(AgentLife, RefusesASecondOne) {
  RunningAgent agent(dir_);
  const ProgramResult same_state = RunPidigree(
      {"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("other"), "--output", "-"});
  EXPECT_EQ(same_state.exit_status, 1);
  EXPECT_THAT(
      same_state.err,
      MatchesRegex("pidigree: another agent, process [0-9]+, uses the state directory .*\n"));
  const ProgramResult same_socket = RunPidigree(
      {"run", "--state-dir", dir_.Path("other"), "--socket", dir_.Path("socket"), "--output", "-"});
  EXPECT_EQ(same_socket.exit_status, 1);
  EXPECT_THAT(same_socket.err, HasSubstr("another agent listens on "));
  EXPECT_EQ(agent.Stop().exit_status, 0);
}

TEST_F(AgentLife, RefusesAConfigurationWithErrors) {
  const std::string config =
      dir_.Write("config.xml", "<Sysmon schemaversion=\"4.90\">\n<Nonsense/>\n</Sysmon>\n");
  const ProgramResult result =
      RunPidigree({"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket"),
                   "--output", dir_.Path("events"), "--config", config});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, StartsWith(config + ":2: "));
}

TEST_F(AgentLife, RefusesADestinationThatIsNone) {
  const ProgramResult result = RunPidigree({"run", "--state-dir", dir_.Path("state"), "--socket",
                                            dir_.Path("socket"), "--output", "gopher://x"});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(
      result.err,
      HasSubstr("'gopher://x': none of -, syslog, syslog:///SOCKET and the path of a file"));
}

class AgentReload : public AgentLife {
 protected:
  static std::string Excluding(const std::string& word) {
    return "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>SHA256</HashAlgorithms><EventFiltering>"
           "<ProcessCreate onmatch=\"exclude\"><CommandLine condition=\"contains\">" +
           word + "</CommandLine></ProcessCreate></EventFiltering></Sysmon>\n";
  }
};

TEST_F(AgentReload, TakesANewConfigurationOrNone) {
  const std::string config = dir_.Write("config.xml", Excluding(word_ + "first"));
  const std::string first_hash = Sha256Of(config);
  RunningAgent agent(dir_, {.more = {"--config", config}});
  RunProcess({"/bin/true", word_ + "first"});
  RunProcess({"/bin/true", word_ + "second"});
  auto events = agent.Events();
  EXPECT_THAT(EventsWith(events, 1, word_ + "first"), IsEmpty());
  EXPECT_THAT(EventsWith(events, 1, word_ + "second"), SizeIs(1));

  dir_.Write("config.xml", Excluding(word_ + "second"));
  const std::string second_hash = Sha256Of(config);
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return OfId(agent.Events(), 16).size() == 2; }));
  RunProcess({"/bin/true", word_ + "first"});
  RunProcess({"/bin/true", word_ + "second"});
  events = agent.Events();
  EXPECT_THAT(EventsWith(events, 1, word_ + "first"), SizeIs(1));
  EXPECT_THAT(EventsWith(events, 1, word_ + "second"), SizeIs(1));

  dir_.Write("config.xml", "<Sysmon/>\n");
  agent.Signal(SIGHUP);
  RunProcess({"/bin/true", word_ + "second"});
  events = agent.Events();
  EXPECT_THAT(EventsWith(events, 1, word_ + "second"), SizeIs(1));
  ASSERT_TRUE(Eventually([&] { return OfId(agent.Events(), 255).size() == 1; }));
  const LoggedEvent error = OfId(ReadEvents(agent.output()), 255)[0];
  EXPECT_EQ(error.Get("ID"), "CONFIG");
  EXPECT_THAT(std::string(error.Get("Description")), StartsWith(config + ":1: "));
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr(config + ":1: "),
                                HasSubstr("configuration not reloaded, the running one stays")));

  const auto loads = OfId(ReadEvents(agent.output()), 16);
  ASSERT_THAT(loads, SizeIs(2));
  EXPECT_EQ(loads[0].Get("Configuration"), config);
  EXPECT_EQ(loads[0].Get("ConfigurationFileHash"), first_hash);
  EXPECT_EQ(loads[1].Get("ConfigurationFileHash"), second_hash);
}

TEST_F(AgentReload, SaysThatItFailedUntilOneSucceeds) {
  const std::string good = Excluding(word_ + "never");
  const std::string config = dir_.Write("config.xml", good);
  const std::string hash = "configuration-hash: " + Sha256Of(config) + "\n";
  RunningAgent agent(dir_, {.more = {"--config", config}});
  const auto status = [&](const ProgramInput& input = {}) {
    return RunPidigree({"status", "--socket", dir_.Path("socket")}, input);
  };
  RunProcess({"/bin/true", word_ + "early"});
  // Of this process, which runs the others.
  const auto announcements = [&] {
    return std::ranges::count_if(agent.Events(), [](const LoggedEvent& event) {
      return event.id == 1 && event.Get("ProcessId") == std::to_string(getpid());
    });
  };
  EXPECT_EQ(announcements(), 1);
  EXPECT_EQ(status().exit_status, 0);
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(status({.stdout_fd = full.get()}).exit_status, 1);

  dir_.Write("config.xml", "<Sysmon/>\n");
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return status().exit_status == 1; }));
  const ProgramResult failed = status();
  EXPECT_THAT(failed.out, AllOf(HasSubstr("state: fails\n"), HasSubstr("\nreload: failed, 2"),
                                HasSubstr(", " + config + ":1: "), HasSubstr(hash)));
  EXPECT_THAT(failed.err, HasSubstr("reload"));

  // It is the one that runs.
  dir_.Write("config.xml", good);
  for (const int number : {SIGUSR1, SIGUSR2, SIGHUP}) agent.Signal(number);
  ASSERT_TRUE(Eventually([&] { return status().exit_status == 0; }));
  EXPECT_THAT(status().out, AllOf(HasSubstr("state: works\n"), Not(HasSubstr("reload: "))));
  RunProcess({"/bin/true", word_ + "late"});
  EXPECT_EQ(announcements(), 1);
  EXPECT_EQ(agent.Stop().exit_status, 0);
  EXPECT_THAT(OfId(ReadEvents(agent.output()), 16), SizeIs(1));
}

TEST_F(AgentReload, OpensItsFileAnewAfterRotation) {
  RunningAgent agent(dir_);
  agent.Events();
  ASSERT_EQ(rename(agent.output().c_str(), dir_.Path("events.1").c_str()), 0);
  agent.Signal(SIGHUP);
  RunProcess({"/bin/true", word_ + "new"});
  EXPECT_TRUE(Eventually(
      [&] { return !EventsWith(ReadEvents(agent.output()), 1, word_ + "new").empty(); }));
}

}  // namespace
}  // namespace pidigree
