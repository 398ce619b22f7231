// The agent on a machine of its own.

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/agent/running_agent.h"
#include "tests/kernels/guest_fixture.h"
#include "tests/kernels/system_setting.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class AgentAlone : public GuestTest {
 protected:
  const TempDir dir_;
  const std::string word_ = UniqueWord();
};

// A thread of the kernel made it, and has its own place in the lineage.
TEST_F(AgentAlone, GivesAHelperOfTheKernelItsParent) {
  const SystemSetting core_pattern("/proc/sys/kernel/core_pattern", "|/bin/true " + word_ + "core");
  RunningAgent agent(dir_);
  const pid_t child = fork();
  if (child == 0) std::abort();
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const std::string command_line = "/bin/true " + word_ + "core";
  std::vector<LoggedEvent> events;
  ASSERT_TRUE(Eventually([&] {
    events = agent.Events();
    return !EventsWith(events, 1, command_line).empty();
  }));

  const std::vector<LoggedEvent> helpers = EventsWith(events, 1, command_line);
  ASSERT_THAT(helpers, SizeIs(1));
  const LoggedEvent& helper = helpers[0];
  EXPECT_EQ(helper.Get("Image"), "/usr/bin/true");
  EXPECT_EQ(helper.Get("User"), "root");
  EXPECT_THAT(std::string(helper.Get("ParentImage")), StartsWith("[kworker/"));
  EXPECT_EQ(helper.Get("ParentCommandLine"), helper.Get("ParentImage"));
  bool announced = false;
  for (const LoggedEvent& event : events) {
    if (event.record_id >= helper.record_id) break;
    announced |= event.id == 1 && event.Get("ProcessGuid") == helper.Get("ParentProcessGuid") &&
                 event.Get("ProcessId") == helper.Get("ParentProcessId");
  }
  EXPECT_TRUE(announced);
}

TEST_F(AgentAlone, TellsProcessesWithOneNumberApart) {
  constexpr size_t kProcesses = 150;
  const SystemSetting pid_max("/proc/sys/kernel/pid_max", "350");
  // Right after the boot the kernel has many low numbers to give, which it does not give again.
  pid_t last = 0;
  for (pid_t now = 0; now >= last; now = RunProcess({"/bin/true"})) last = now;
  RunningAgent agent(dir_);
  for (size_t i = 0; i < kProcesses; ++i) RunProcess({"/bin/true", word_ + "round"});
  const std::vector<LoggedEvent> events = agent.Events();

  const std::vector<LoggedEvent> created = EventsWith(events, 1, "/bin/true " + word_ + "round");
  ASSERT_THAT(created, SizeIs(kProcesses));
  std::set<std::string_view> numbers;
  std::map<std::string_view, int> ends;
  for (const LoggedEvent& event : created) {
    numbers.insert(event.Get("ProcessId"));
    ends[event.Get("ProcessGuid")] = 0;
  }
  EXPECT_LT(numbers.size(), kProcesses / 2) << "the numbers did not come round";
  EXPECT_THAT(ends, SizeIs(created.size())) << "two processes share a GUID";
  for (const LoggedEvent& event : events) {
    const auto end = ends.find(event.Get("ProcessGuid"));
    if (event.id == 5 && end != ends.end()) ++end->second;
  }
  for (const auto& [guid, count] : ends) EXPECT_EQ(count, 1) << guid;
}

TEST_F(AgentAlone, SaysThatTheKernelHasNoTypes) {
  // A kernel built without CONFIG_DEBUG_INFO_BTF has no such folder.
  ProgramInput input;
  input.in_child = [] {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", "/sys/kernel/btf", "tmpfs", 0, nullptr) != 0)
      _exit(125);
  };
  const ProgramResult result = RunPidigree(
      {"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket")}, input);
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("CONFIG_DEBUG_INFO_BTF"));
}

// In a guest of its own, booted with lockdown=confidentiality.
class Confidential : public AgentAlone {};

TEST_F(Confidential, Lockdown) {
  const ProgramResult result =
      RunPidigree({"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket")});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("\"confidentiality\""));
}

}  // namespace
}  // namespace pidigree
