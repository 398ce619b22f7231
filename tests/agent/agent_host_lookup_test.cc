// Names of hosts that the agent asks the resolver of the system for. It runs with an /etc of its
// own, in a network of its own, whose name server is the test.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/name_server.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::ElementsAre;
using testing::SizeIs;

UniqueFd Bound(int family, int type, const char* text, uint16_t port) {
  UniqueFd fd(socket(family, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  EXPECT_EQ(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const bool is_v4 = family == AF_INET;
  void* const address =
      is_v4 ? static_cast<void*>(&v4.sin_addr) : static_cast<void*>(&v6.sin6_addr);
  EXPECT_EQ(inet_pton(family, text, address), 1);
  EXPECT_EQ(is_v4 ? bind(fd.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4)
                  : bind(fd.get(), reinterpret_cast<const sockaddr*>(&v6), sizeof v6),
            0);
  return fd;
}

class AgentHostLookup : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    std::filesystem::create_directory(dir_.Path("etc"));
    for (const char* file : {"machine-id", "passwd", "ld.so.cache"})
      if (const auto from = "/etc/"s + file; std::filesystem::exists(from))
        std::filesystem::copy(from, dir_.Path("etc/"s + file));
    dir_.Write("etc/nsswitch.conf", "hosts: files dns\n");
    dir_.Write("etc/hosts", "127.0.0.1 client.example.net\n::1 six.example.net\n");
    dir_.Write("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n");
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ifreq loopback{};
    "lo"sv.copy(loopback.ifr_name, sizeof loopback.ifr_name);
    loopback.ifr_flags = IFF_UP;
    const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(ioctl(any.get(), SIOCSIFFLAGS, &loopback), 0);
    server_ = Bound(AF_INET, SOCK_DGRAM, "127.0.0.1", 53);
  }

  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_EQ(setns(network_.get(), CLONE_NEWNET), 0);
  }

  // For an agent that finds this test's files in /etc.
  RunningAgentOptions Options(const std::string& lookup) const {
    return {.more = {"--config", Config(lookup)}, .in_child = [etc = dir_.Path("etc")] {
              if (unshare(CLONE_NEWNS) != 0 ||
                  mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                  mount(etc.c_str(), "/etc", nullptr, MS_BIND, nullptr) != 0)
                _exit(125);
            }};
  }

  std::string Config(const std::string& lookup) const {
    return dir_.Write("config.xml", "<Sysmon schemaversion=\"4.90\"><DnsLookup>" + lookup +
                                        "</DnsLookup><EventFiltering>"
                                        "<NetworkConnect onmatch=\"exclude\"/>"
                                        "</EventFiltering></Sysmon>\n");
  }
  void Reload(RunningAgent& agent, const std::string& lookup) const {
    const auto loads = [&] {
      return std::ranges::count(ReadEvents(agent.output()), 16, &LoggedEvent::id);
    };
    const auto before = loads();
    Config(lookup);
    agent.Signal(SIGHUP);
    ASSERT_TRUE(Eventually([&] { return loads() > before; }));
  }

  // A process connects `from` an address to others, all IPv6 or mapped into it; returns who.
  static pid_t Connect(const char* from, const std::vector<std::string>& others) {
    constexpr uint16_t kPort = 4477;
    const pid_t child = fork();
    if (child == 0) {
      for (const std::string& other : others) {
        const UniqueFd listener = Bound(AF_INET6, SOCK_STREAM, other.c_str(), kPort);
        const UniqueFd opener = Bound(AF_INET6, SOCK_STREAM, from, 0);
        sockaddr_in6 to{};
        socklen_t size = sizeof to;
        if (listen(listener.get(), 1) != 0 ||
            getsockname(listener.get(), reinterpret_cast<sockaddr*>(&to), &size) != 0 ||
            connect(opener.get(), reinterpret_cast<const sockaddr*>(&to), size) != 0)
          _exit(126);
      }
      _exit(testing::Test::HasFailure() ? 125 : 0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return child;
  }

  // "SourceHostname DestinationHostname" of each connection of that process.
  static std::vector<std::string> NamesOf(pid_t pid, const std::vector<LoggedEvent>& events) {
    std::vector<std::string> names;
    for (const LoggedEvent& event : events)
      if (event.id == 3 && event.Get("ProcessId") == std::to_string(pid))
        names.push_back(std::string(event.Get("SourceHostname")) + " " +
                        std::string(event.Get("DestinationHostname")));
    return names;
  }
  static std::vector<std::string> NamesOfOne(RunningAgent& agent) {
    const pid_t child = Connect("::ffff:127.0.0.1", {"::ffff:127.0.0.77"});
    return NamesOf(child, agent.Events());
  }

  const UniqueFd network_{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
  UniqueFd server_;
};

// On a busy machine answers may be late for the first connections.
TEST_F(AgentHostLookup, NamesComeFromTheHostsFileAndTheNameServer) {
  NameServer server(server_.get());
  RunningAgent agent(dir_, Options("True"));
  EXPECT_TRUE(Eventually(
      [&] { return NamesOfOne(agent) == std::vector{"client.example.net peer.example.net"s}; }));
  EXPECT_TRUE(Eventually([&] {
    const pid_t child = Connect("::1", {"::1"});
    return NamesOf(child, agent.Events()) == std::vector{"six.example.net six.example.net"s};
  }));
  EXPECT_EQ(server.AskedForPeer(), 1u);

  // Its own exchanges with the server are told, and raise no questions.
  const auto events = agent.Events();
  const auto own = std::ranges::find_if(events, [](const LoggedEvent& event) {
    return event.id == 3 && event.Get("DestinationIp") == "127.0.0.1" &&
           event.Get("DestinationPort") == "53" && event.Get("Image") == PIDIGREE_BINARY;
  });
  ASSERT_NE(own, events.end());
  EXPECT_EQ(own->Get("SourceHostname"), "-");
  EXPECT_EQ(own->Get("DestinationHostname"), "-");
  EXPECT_EQ(agent.Stop().err, "");
}

TEST_F(AgentHostLookup, ReloadsTurnItOnAndOff) {
  NameServer server(server_.get());
  RunningAgent agent(dir_, Options("False"));
  EXPECT_THAT(NamesOfOne(agent), ElementsAre("- -"));
  EXPECT_EQ(server.AskedForPeer(), 0u);
  Reload(agent, "True");
  EXPECT_TRUE(Eventually(
      [&] { return NamesOfOne(agent) == std::vector{"client.example.net peer.example.net"s}; }));
  Reload(agent, "False");
  EXPECT_THAT(NamesOfOne(agent), ElementsAre("- -"));
}

// Each wait begins with a question, and the first one stays unanswered.
TEST_F(AgentHostLookup, SilentNameServerIsWaitedForOnce) {
  RunningAgent agent(dir_, Options("True"));
  std::vector<std::string> others;
  for (int i = 80; i < 180; ++i) others.push_back("::ffff:127.0.0." + std::to_string(i));
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = Connect("::ffff:127.0.0.1", others);
  const auto names = NamesOf(child, agent.Events());
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_THAT(names, SizeIs(others.size()));
  EXPECT_EQ(std::ranges::count_if(names, [](const auto& pair) { return pair.ends_with(" -"); }),
            100);
  long questions = 0;
  char message[512];
  while (recv(server_.get(), message, sizeof message, MSG_DONTWAIT) > 0) ++questions;
  EXPECT_GE(questions, 1);
  EXPECT_LE(questions, 1 + took / 30s);  // /etc/resolv.conf

  EXPECT_TRUE(Eventually([&] { return StatusNumber(agent.Status(), "lost-HOST_LATE") >= 100; }));
  EXPECT_EQ(agent.Stop().exit_status, 0);
}

}  // namespace
}  // namespace pidigree
