// What others than the agent saw of the same work: nothing may be missing, nothing invented, and
// the fields must be theirs. The witnesses are strace(1), which decodes the calls of a process, and
// inotify(7), which tells of names in a directory.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/mixed_work.h"
#include "tests/agent/same_events.h"
#include "tests/agent/strace_witness.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

class AgentWitness : public AgentTest {
 protected:
  // All events that the work makes itself, not the programs that it runs.
  std::string Config(const MixedWork& work) const {
    std::string filters;
    for (const char* event :
         {"FileCreateTime", "NetworkConnect", "ImageLoad", "RawAccessRead", "FileCreate",
          "FileCreateStreamHash", "PipeEvent", "DnsQuery", "FileDelete", "FileDeleteDetected",
          "FileExecutableDetected", "eBPFEvent", "CreateRemoteThread", "ProcessAccess"}) {
      const std::string name = event;
      const std::string field =
          name == "CreateRemoteThread" || name == "ProcessAccess" ? "SourceImage" : "Image";
      filters += "<" + name + " onmatch=\"include\"><" + field + ">" + work.image() + "</" + field +
                 "></" + name + ">\n";
    }
    filters += "<DriverLoad onmatch=\"include\"><ImageLoaded condition=\"is any\">" +
               MixedWork::modules() + "</ImageLoaded></DriverLoad>\n";
    return dir_.Write("config", "<Sysmon schemaversion=\"4.90\"><EventFiltering>" + filters +
                                    "</EventFiltering></Sysmon>\n");
  }

  // Those of the work, but for starts and ends of programs.
  static EventKeys EventsOf(const MixedWorkDone& done, const std::vector<LoggedEvent>& events) {
    EventKeys found;
    for (const LoggedEvent& event : events) {
      if (event.id == 1 || event.id == 5) continue;
      EXPECT_FALSE(event.id == 255 &&
                   event.Get("Description").find(" events lost ") != std::string_view::npos)
          << event.Get("ID") << ": " << event.Get("Description");
      if (std::string key = done.KeyOf(event); !key.empty()) found.insert(std::move(key));
    }
    return found;
  }
};

TEST_F(AgentWitness, StraceSawTheSameCalls) {
  ASSERT_EQ(std::system("strace -o /dev/null /bin/true"), 0) << "strace is not installed";
  const MixedWork work(dir_);
  RunningAgent agent(dir_, {.more = {"--config", Config(work)}});
  const std::string log = dir_.Path("strace");
  // Not those that strace says too little of: what children do, which registers are set, and names
  // of modules.
  const MixedWorkDone done = work.Run(
      ScaledCount(2000),
      {"run", "run-memory", "run-deleted", "run-traced", "redirect", "load-module-from-memory"},
      agent.SeesFunctions(), {"strace", "-D", "-xx", "-y", "-v", "-s", "512", "-o", log});
  ASSERT_EQ(done.status, 0);
  const EventKeys told = EventsOf(done, agent.Events());

  // It is a process of its own with -D, and ends by itself.
  ASSERT_TRUE(Eventually([&] {
    std::ifstream lines(log);
    std::string last;
    for (std::string line; std::getline(lines, line);) last = line;
    return last.starts_with("+++ exited with 0");
  }));
  StraceWitness witness(done.pid, agent.SeesFunctions());
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) witness.Read(line);
  ExpectSame(told, witness.events());
  std::printf("%zu calls, %zu events\n", witness.calls(), told.size());
}

TEST_F(AgentWitness, InotifySawTheSameNames) {
  const MixedWork work(dir_);
  RunningAgent agent(dir_, {.more = {"--config", Config(work)}});
  const UniqueFd watch(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(
      inotify_add_watch(watch.get(), work.directory().c_str(), IN_CREATE | IN_MOVED_TO | IN_DELETE),
      0);
  // It says of a rename as little as exits of system calls do, and of the name of a socket more.
  const MixedWorkDone done =
      work.Run(ScaledCount(2000), {agent.SeesFunctions() ? "rename-over" : "named-socket"},
               agent.SeesFunctions());
  ASSERT_EQ(done.status, 0);
  const EventKeys all = EventsOf(done, agent.Events());

  EventKeys told, seen;
  for (const std::string& event : all)
    if (event.starts_with("11 ") || event.starts_with("23 ")) told.insert(event);
  alignas(inotify_event) std::array<char, 65536> buffer;
  for (ssize_t size; (size = read(watch.get(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, &buffer[static_cast<size_t>(at)], sizeof event);
      ASSERT_EQ(event.mask & IN_Q_OVERFLOW, 0u);
      const char* const name = &buffer[static_cast<size_t>(at) + sizeof event];
      if ((event.mask & IN_ISDIR) == 0)
        seen.insert(((event.mask & IN_DELETE) != 0 ? "23 " : "11 ") + work.directory() + "/" +
                    name);
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  ExpectSame(told, seen);
  std::printf("%zu names\n", told.size());
}

}  // namespace
}  // namespace pidigree
