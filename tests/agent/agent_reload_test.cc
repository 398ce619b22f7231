// What a reload wants to be watched is attached without the privileges that the agent gave up.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

class AgentReloadsHooks : public AgentTest {
 protected:
  // The lines of the status that tell what is attached and what is missed.
  static std::multiset<std::string> Watched(const RunningAgent& agent) {
    std::istringstream lines(agent.Status());
    std::multiset<std::string> watched;
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("hook: ") || line.starts_with("unseen: ")) watched.insert(line);
    return watched;
  }

  // Some of everything, by this process.
  void DoSome() const {
    const std::string file = dir_.Path("file"), script = dir_.Path("script"),
                      pipe = dir_.Path("pipe"), name = dir_.Path("name");
    ASSERT_TRUE(UniqueFd(open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
    const timespec times[2] = {{1'500'000'000, 0}, {1'500'000'000, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
    ASSERT_EQ(unlink(file.c_str()), 0);

    {
      const int writable = open(script.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
      ASSERT_EQ(write(writable, "#!/bin/sh\n", 10), 10);
      ASSERT_EQ(close(writable), 0);
      const UniqueFd readable(open(script.c_str(), O_RDONLY | O_CLOEXEC));
      void* const code = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, readable.get(), 0);
      ASSERT_NE(code, MAP_FAILED);
      munmap(code, 4096);
    }

    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    ASSERT_TRUE(UniqueFd(open(pipe.c_str(), O_RDWR | O_CLOEXEC)));

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(name.size(), sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    const UniqueFd socket_here(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(socket_here.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);

    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    long value = 0;
    const iovec here{&value, sizeof value};
    EXPECT_EQ(process_vm_readv(child, &here, 1, &here, 1, 0), ssize_t{sizeof value});
    EXPECT_EQ(process_vm_writev(child, &here, 1, &here, 1, 0), ssize_t{sizeof value});
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
};

// Its hooks, and what it says it cannot see, are those of an agent that wanted them from the start;
// and what is not said to be unseen is seen.
TEST_F(AgentReloadsHooks, WithoutThePrivilegesOfItsStart) {
  std::string rules = "<Sysmon schemaversion=\"4.90\"><EventFiltering>";
  for (const char* element :
       {"FileCreateTime", "NetworkConnect", "ImageLoad", "CreateRemoteThread", "RawAccessRead",
        "ProcessAccess", "FileCreate", "FileCreateStreamHash", "PipeEvent", "DnsQuery",
        "FileDelete", "FileDeleteDetected", "ProcessTampering", "FileExecutableDetected"})
    rules += "<" + std::string(element) + " onmatch=\"exclude\"/>";
  rules += "</EventFiltering></Sysmon>\n";
  const std::string everything = dir_.Write("everything.xml", rules);
  std::multiset<std::string> from_the_start;
  {
    RunningAgent agent(dir_, {.more = {"--config", everything}});
    from_the_start = Watched(agent);
    EXPECT_EQ(agent.Stop().exit_status, 0);
  }

  const std::string config =
      dir_.Write("config.xml", "<Sysmon schemaversion=\"4.90\"><EventFiltering/></Sysmon>\n");
  RunningAgent agent(dir_, {.more = {"--config", config}});
  EXPECT_LE(Watched(agent).size(), 3u);  // of the lives of processes
  dir_.Write("config.xml", rules);
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] {
    return std::ranges::count(ReadEvents(agent.output()), 16, &LoggedEvent::id) == 3;
  })) << "one for each start, one for the reload";
  const std::multiset<std::string> watched = Watched(agent);
  // Where a kernel asks for more than the agent has kept, it has to say so.
  const bool refused = std::ranges::any_of(watched, [](const std::string& line) {
    return line.find("kernel.perf_event_paranoid") != line.npos;
  });
  if (!refused) {
    EXPECT_THAT(watched, testing::ContainerEq(from_the_start));
  }

  DoSome();
  std::set<uint16_t> seen;
  for (const LoggedEvent& event : agent.Events()) {
    const bool is_pair = event.id == 8 || event.id == 10;
    if (event.Get(is_pair ? "SourceProcessId" : "ProcessId") == std::to_string(getpid()))
      seen.insert(event.id);
  }
  constexpr uint16_t kDone[] = {2, 7, 8, 10, 11, 17, 18, 23, 26, 29};
  for (const uint16_t id : kDone) EXPECT_TRUE(seen.contains(id) || refused) << "event " << id;
}

}  // namespace
}  // namespace pidigree
