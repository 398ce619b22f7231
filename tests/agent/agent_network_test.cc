// Network events as they are written, by a program that speaks to a server of its own.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/agent/agent_test.h"
#include "tests/agent/period.h"
#include "tests/agent/shared_agent_test.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

sockaddr_in Address(const char* text, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  Must(inet_pton(AF_INET, text, &address.sin_addr) == 1);
  return address;
}

int Bound(int type, const sockaddr_in& address) {
  const int fd = socket(AF_INET, type, 0);
  Must(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// For www.example.com, and that it is 127.0.0.2: RFC 1035, 4.1.
constexpr auto kQuery = "ab\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"sv;
constexpr auto kReply =
    "ab\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1"
    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x7f\0\0\2"sv;

// One of its own, with loopback.
void EnterNetwork() {
  Must(unshare(CLONE_NEWNET) == 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  Must(ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &request) == 0);
}

// Asks a server of its own for www.example.com, which it says is 127.0.0.2, and connects to that,
// port 443; then makes a named socket.
void Speak(const std::string& path) {
  EnterNetwork();
  const int server = Bound(SOCK_DGRAM, Address("127.0.0.1", 53));
  const int client = Bound(SOCK_DGRAM, Address("127.0.0.1", 50053));
  const sockaddr_in to_server = Address("127.0.0.1", 53);
  const sockaddr_in to_client = Address("127.0.0.1", 50053);
  Must(sendto(client, kQuery.data(), kQuery.size(), 0,
              reinterpret_cast<const sockaddr*>(&to_server), sizeof to_server) > 0);
  char asked[64];
  Must(recv(server, asked, sizeof asked, 0) == static_cast<ssize_t>(kQuery.size()));
  Must(sendto(server, kReply.data(), kReply.size(), 0,
              reinterpret_cast<const sockaddr*>(&to_client), sizeof to_client) > 0);

  const int listener = Bound(SOCK_STREAM, Address("127.0.0.2", 443));
  Must(listen(listener, 1) == 0);
  const int opener = Bound(SOCK_STREAM, Address("127.0.0.1", 50443));
  const sockaddr_in to = Address("127.0.0.2", 443);
  Must(connect(opener, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  Must(accept(listener, nullptr, nullptr) >= 0);

  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const int named = socket(AF_UNIX, SOCK_STREAM, 0);
  Must(bind(named, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  Must(listen(named, 1) == 0);
  Must(connect(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&name),
               sizeof name) == 0);
}

constexpr char kEverything[] =
    "<NetworkConnect onmatch=\"exclude\"/><PipeEvent onmatch=\"exclude\"/>"
    "<DnsQuery onmatch=\"exclude\"/>";

std::string ConfigOf(const std::string& rules) {
  return "<Sysmon schemaversion=\"4.90\"><EventFiltering>" + rules + "</EventFiltering></Sysmon>\n";
}

// Of that process, of these types.
std::vector<LoggedEvent> Of(pid_t pid, const std::vector<LoggedEvent>& events,
                            std::initializer_list<uint16_t> ids) {
  std::vector<LoggedEvent> found;
  for (const LoggedEvent& event : events)
    if (event.Get("ProcessId") == std::to_string(pid) && std::ranges::count(ids, event.id) > 0)
      found.push_back(event);
  return found;
}

// The ids and fields, without those of every event of a process.
std::vector<std::string> TextsOf(const std::vector<LoggedEvent>& events) {
  std::vector<std::string> texts;
  for (const LoggedEvent& event : events) {
    std::string& text = texts.emplace_back(std::to_string(event.id));
    for (const auto& [name, value] : event.fields) {
      if (name != "RuleName" && name != "UtcTime" && name != "ProcessGuid" && name != "ProcessId" &&
          name != "Image" && name != "User")
        text += " " + value;
    }
  }
  return texts;
}

// What the status counts under that name, of everybody.
size_t Counted(const RunningAgent& agent, const std::string& name) {
  const std::string status = agent.Status();
  const size_t at = status.find("\n" + name + ": ");
  EXPECT_NE(at, status.npos);
  return at == status.npos ? 0 : std::stoul(status.substr(at + name.size() + 3));
}

class AgentNetwork : public SharedAgentTest<AgentNetwork> {
 public:
  static std::string Config() { return ConfigOf(kEverything); }
};

class AgentNetworkReload : public AgentTest {};

TEST_F(AgentNetwork, EveryField) {
  const std::string path = dir_.Path("named");
  Period period;
  const pid_t child = InChild([&] { Speak(path); });
  period.End();
  const auto events = Of(child, agent().Events(), {3, 17, 18, 22});
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");

  const bool has_services = std::filesystem::exists("/etc/services");
  const std::string domain = has_services ? "domain" : "-";
  const std::string https = has_services ? "https" : "-";
  EXPECT_THAT(
      TextsOf(events),
      ElementsAre(
          "3 udp true false 127.0.0.1 - 50053 - false 127.0.0.1 - 53 " + domain,
          "3 udp false false 127.0.0.1 - 50053 - false 127.0.0.1 - 53 " + domain,
          "22 www.example.com 0 ::ffff:127.0.0.2;",
          "3 tcp true false 127.0.0.1 - 50443 - false 127.0.0.2 www.example.com 443 " + https,
          "3 tcp false false 127.0.0.1 - 50443 - false 127.0.0.2 www.example.com 443 " + https,
          "17 CreatePipe " + path, "18 ConnectPipe " + path));
  for (const LoggedEvent& event : events) {
    EXPECT_EQ(event.Get("ProcessGuid"), events[0].Get("ProcessGuid"));
    EXPECT_EQ(event.Get("Image"), self);
    EXPECT_EQ(event.Get("RuleName"), "-");
    EXPECT_TRUE(period.Holds(event.Get("UtcTime"))) << event.Get("UtcTime");
    EXPECT_EQ(event.Get("User"), "root");
  }
}

TEST_F(AgentNetwork, Ipv6AndMappedAddresses) {
  const pid_t child = InChild([] {
    EnterNetwork();
    sockaddr_in6 loopback{};
    loopback.sin6_family = AF_INET6;
    loopback.sin6_addr = in6addr_loopback;
    sockaddr_in6 mapped = loopback;
    Must(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
    sockaddr_in6 any = loopback;
    any.sin6_addr = in6addr_any;
    any.sin6_port = htons(44444);
    const int listener = socket(AF_INET6, SOCK_STREAM, 0);
    Must(bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
         listen(listener, 2) == 0);
    uint16_t port = 50006;
    for (sockaddr_in6* const from : {&loopback, &mapped}) {
      from->sin6_port = htons(port++);
      sockaddr_in6 to = *from;
      to.sin6_port = any.sin6_port;
      const int opener = socket(AF_INET6, SOCK_STREAM, 0);
      Must(bind(opener, reinterpret_cast<const sockaddr*>(from), sizeof *from) == 0 &&
           connect(opener, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
           accept(listener, nullptr, nullptr) >= 0);
    }
  });
  EXPECT_THAT(
      TextsOf(Of(child, agent().Events(), {3})),
      ElementsAre("3 tcp true true 0:0:0:0:0:0:0:1 - 50006 - true 0:0:0:0:0:0:0:1 - 44444 -",
                  "3 tcp false true 0:0:0:0:0:0:0:1 - 50006 - true 0:0:0:0:0:0:0:1 - 44444 -",
                  "3 tcp true false 127.0.0.1 - 50007 - false 127.0.0.1 - 44444 -",
                  "3 tcp false false 127.0.0.1 - 50007 - false 127.0.0.1 - 44444 -"));
}

TEST_F(AgentNetwork, AttemptsThatFailAreCountedOnly) {
  const size_t failed = Counted(agent(), "connects-failed");
  const size_t unasked = Counted(agent(), "replies-unasked");
  const std::string missing = dir_.Path("missing");
  const pid_t child = InChild([&] {
    EnterNetwork();
    const auto connects = [](int fd, uint16_t port) {
      const sockaddr_in to = Address("127.0.0.1", port);
      return connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    };
    Must(!connects(socket(AF_INET, SOCK_STREAM, 0), 1) && errno == ECONNREFUSED);
    // A listener without room answers nobody. It has none once it has taken what ends the
    // handshake, which need not be before connect(2) returns.
    const int listener = Bound(SOCK_STREAM, Address("127.0.0.1", 2));
    Must(listen(listener, 0) == 0 && connects(socket(AF_INET, SOCK_STREAM, 0), 2));
    pollfd full{listener, POLLIN, 0};
    Must(poll(&full, 1, -1) == 1);
    const int patient = socket(AF_INET, SOCK_STREAM, 0);
    const int once = 1;
    Must(setsockopt(patient, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once) == 0);
    Must(!connects(patient, 2) && errno == ETIMEDOUT);
    const int given_up = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    Must(!connects(given_up, 2) && errno == EINPROGRESS && close(given_up) == 0);
    // A reply that nobody asked for, and a query that nobody answers.
    const int server = Bound(SOCK_DGRAM, Address("127.0.0.1", 53));
    const int client = Bound(SOCK_DGRAM, Address("127.0.0.1", 50053));
    Must(connects(server, 50053) && connects(client, 53));
    char got[128];
    Must(send(server, kReply.data(), kReply.size(), 0) > 0 && recv(client, got, sizeof got, 0) > 0);
    Must(send(client, kQuery.data(), kQuery.size(), 0) > 0 && recv(server, got, sizeof got, 0) > 0);
    // Names of sockets.
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, missing.data(), missing.size());
    Must(connect(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&name),
                 sizeof name) != 0);
  });
  const auto told = TextsOf(Of(child, agent().Events(), {3, 17, 18, 22}));
  EXPECT_THAT(told, Each(AnyOf(HasSubstr(" 2 "), StartsWith("3 udp "))));
  EXPECT_EQ(std::ranges::count_if(told, [](const auto& text) { return text.starts_with("3 tcp"); }),
            1);
  EXPECT_GE(Counted(agent(), "connects-failed"), failed + 3);
  EXPECT_GE(Counted(agent(), "replies-unasked"), unasked + 1);
}

TEST_F(AgentNetwork, ProcessIsAnnouncedBeforeItsEvents) {
  const uint64_t lost = agent().LostFacts();
  const pid_t child = InChild([&] { Speak(dir_.Path("named")); });
  const auto events = Of(child, agent().Events(), {1, 3, 17, 18, 22});
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].id, 1);
  ExpectForked(agent(), lost, events[0]);
}

TEST_F(AgentNetworkReload, AttachesWhatRulesNeed) {
  const std::string config = dir_.Write("config", ConfigOf("<DnsQuery onmatch=\"include\"/>"));
  RunningAgent agent(dir_, {.more = {"--config", config}});
  EXPECT_EQ(agent.Status().find("inet_sock_set_state"), std::string::npos);
  EXPECT_EQ(agent.Status().find("cgroup_skb"), std::string::npos);
  dir_.Write("config", ConfigOf(kEverything));
  agent.Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return agent.Status().find("cgroup_skb") != std::string::npos; }));
  const pid_t child = InChild([&] { Speak(dir_.Path("named")); });
  EXPECT_EQ(Of(child, agent.Events(), {3, 17, 18, 22}).size(), 7u);
}

}  // namespace
}  // namespace pidigree
