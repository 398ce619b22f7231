// What the agent says, and how it goes on, where it lacks something. Lockdown and a kernel without
// types need a machine of their own: tests/kernels/agent_alone_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

// capabilities(7); older headers of the C library do not have them.
constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;

void DropFromBoundingSet(std::initializer_list<int> capabilities) {
  for (const int capability : capabilities)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) _exit(125);
}

class AgentSurroundings : public AgentTest {
 protected:
  ProgramResult RunWith(const std::function<void()>& in_child) const {
    ProgramInput input;
    input.in_child = in_child;
    return RunPidigree({"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket"),
                        "--output", dir_.Path("events")},
                       input);
  }
};

TEST_F(AgentSurroundings, WithoutCapabilitiesItNamesThem) {
  const ProgramResult result = RunWith([] {
    DropFromBoundingSet({CAP_SYS_ADMIN, kCapBpf, kCapPerfmon});
  });
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err,
              MatchesRegex("pidigree: [^\n]*CAP_BPF and CAP_PERFMON are missing; run as "
                           "root, [^\n]*\n"));
}

TEST_F(AgentSurroundings, WithoutOneCapabilityItNamesThatOne) {
  const ProgramResult result = RunWith([] { DropFromBoundingSet({CAP_SYS_ADMIN, kCapPerfmon}); });
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("CAP_PERFMON is missing"), Not(HasSubstr("CAP_BPF"))));
}

// personality(2): the kernel gives itself out as one of version 2.6.
TEST_F(AgentSurroundings, OnAnOldKernelItSaysWhichItNeeds) {
  const ProgramResult result = RunWith([] {
    if (personality(UNAME26) < 0) _exit(125);
    DropFromBoundingSet({CAP_SYS_ADMIN, kCapBpf, kCapPerfmon});
  });
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, MatchesRegex("pidigree: [^\n]*kernel 2\\.6\\.[^\n]* is older than 5\\.8, "
                                       "[^\n]*\n"));
}

TEST_F(AgentSurroundings, WithoutALogDaemonItWarnsAndRuns) {
  RunningAgent agent(dir_, {.more = {"--output", "syslog://" + dir_.Path("nobody")}});
  RunProcess({"/bin/true", word_});
  EXPECT_THAT(EventsWith(agent.Events(), 1, word_), SizeIs(1));
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, HasSubstr("pidigree: connect to " + dir_.Path("nobody") +
                                    ": No such file or directory; events wait until a log "
                                    "daemon is there\n"));
  // Neither output could tell it, and it is said once.
  const size_t said = result.err.find("pidigree: STOP: ");
  EXPECT_NE(said, result.err.npos);
  EXPECT_EQ(result.err.rfind("pidigree: STOP: "), said) << result.err;
}

// The ring has 2 MiB for each CPU, 4 at least and 64 at most, rounded up to a power of two; each
// exec takes 120 KiB of it, while the agent does not run at all.
TEST_F(AgentSurroundings, FullRingIsCountedAndToldAndTheAgentGoesOn) {
  const auto cpus = static_cast<size_t>(sysconf(_SC_NPROCESSORS_ONLN));
  const size_t ring_mib = std::clamp<size_t>(std::bit_ceil(2 * cpus), 4, 64);
  const size_t processes = 10 * ring_mib;
  const std::string large(120 * 1024, 'x');
  RunningAgent agent(dir_);
  agent.Signal(SIGSTOP);
  for (size_t i = 0; i < processes; ++i) RunProcess({"/bin/true", word_, large});
  agent.Signal(SIGCONT);
  ASSERT_TRUE(Eventually([&] { return StatusNumber(agent.Status(), "lost-RING_FULL") > 0; }));
  RunProcess({"/bin/sh", "-c", "/bin/true " + word_ + "after; exit 0"});
  const auto events = agent.Events();
  const auto after = EventsWith(events, 1, "/bin/true " + word_ + "after");
  ASSERT_THAT(after, Not(testing::IsEmpty()));
  bool parent_known = false;
  for (const LoggedEvent& event : events)
    parent_known |= event.id == 1 && event.record_id < after.back().record_id &&
                    event.Get("ProcessGuid") == after.back().Get("ParentProcessGuid");
  EXPECT_TRUE(parent_known);

  // Each forked, ran a program and ended: delivered or lost.
  const std::string status = agent.Status();
  EXPECT_GE(StatusNumber(status, "facts") + StatusNumber(status, "lost-RING_FULL"), 3 * processes);
  const ProgramResult result = agent.Stop();
  EXPECT_EQ(result.exit_status, 0) << result.err;
  uint64_t told = 0;
  for (const LoggedEvent& event : ReadEvents(agent.output()))
    if (event.Get("ID") == "RING_FULL") told += ToldLoss(event);
  EXPECT_GE(told, StatusNumber(status, "lost-RING_FULL"));
}

}  // namespace
}  // namespace pidigree
