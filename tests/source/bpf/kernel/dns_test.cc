// What DNS servers reply, and to whom. Clients ask in every way that they can, and the server is
// one of our own, on loopback.
#include <gmock/gmock.h>
#include <netdb.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/source/bpf/kernel/network_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr uint16_t kPort = 53;

std::string Query(std::string_view id) {
  return std::string(id) + "\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"s;
}

// To any query: 192.0.2.1 or 2001:db8::1, as it was asked for.
std::string Reply(std::string_view query) {
  const size_t question_end = query.find('\0', 12) + 5;
  const std::string question(query.substr(12, question_end - 12));
  const bool ipv6 = question[question.size() - 3] == '\x1c';
  return std::string(query.substr(0, 2)) + "\x81\x80\0\1\0\1\0\0\0\0"s + question + "\xc0\x0c\0"s +
         (ipv6 ? "\x1c"s : "\1"s) + "\0\1\0\0\1\x2c\0"s +
         (ipv6 ? "\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s : "\4\xc0\0\2\1"s);
}

class DnsTest : public NetworkTest {
 protected:
  EventSet Wanted() const override { return ProcessEvents().set(22); }

  // Runs `client` beside a server that replies to `datagrams` queries and to one connection.
  void RunWithServer(int family, const std::function<void()>& client) {
    RunInNetwork([&] {
      const int server = Socket(family, SOCK_DGRAM);
      Bind(server, family, kPort);
      const int listener = Socket(family, SOCK_STREAM);
      Bind(listener, family, kPort);
      Must(listen(listener, 8) == 0);
      const pid_t datagrams = Serve([&] { ReplyToDatagram(server); });
      const pid_t connections = Serve([&] { ReplyToConnection(listener); });
      client();
      kill(datagrams, SIGKILL);
      kill(connections, SIGKILL);
    });
  }

  static pid_t Serve(const std::function<void()>& once) {
    const pid_t server = fork();
    if (server == 0)
      for (;;) once();
    return server;
  }

  static void ReplyToDatagram(int server) {
    std::array<char, 512> query;
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t got = recvfrom(server, query.data(), query.size(), 0, address, &size);
    Must(got > 0);
    const std::string reply = Reply({query.data(), static_cast<size_t>(got)});
    sendto(server, reply.data(), reply.size(), 0, address, size);
  }

  // In two pieces that are cut within the length.
  static void ReplyToConnection(int listener) {
    const int fd = accept(listener, nullptr, nullptr);
    std::array<char, 512> query;
    const ssize_t got = recv(fd, query.data(), query.size(), 0);
    Must(got > 2);
    const std::string reply = Framed(Reply({query.data() + 2, static_cast<size_t>(got) - 2}));
    Must(send(fd, reply.data(), 1, 0) == 1);
    Must(send(fd, reply.data() + 1, reply.size() - 1, 0) == static_cast<ssize_t>(reply.size()) - 1);
    close(fd);
  }

  static std::string Framed(std::string_view message) {
    return '\0' + std::string(1, static_cast<char>(message.size())) + std::string(message);
  }

  // For bodies.
  static int ClientSocket(int family) {
    const int fd = Socket(family, SOCK_DGRAM);
    Connect(fd, Loopback(family, kPort));
    return fd;
  }
  static void Receive(int fd) {
    std::array<char, 512> reply;
    Must(recv(fd, reply.data(), reply.size(), 0) > 0);
  }
  static void Ask(int fd, std::string_view id) {
    const std::string query = Query(id);
    Must(send(fd, query.data(), query.size(), 0) == static_cast<ssize_t>(query.size()));
    Receive(fd);
  }
  void SayMyself() const { Say(std::to_string(getpid())); }

  std::vector<std::string> Askers() const {
    std::vector<std::string> askers;
    for (const DnsFact& dns : recorder_->dns())
      askers.push_back(std::to_string(dns.subject.process.tgid));
    return askers;
  }
  std::vector<std::string> Datagrams() const {
    std::vector<std::string> datagrams;
    for (const DnsFact& dns : recorder_->dns()) {
      EXPECT_EQ(dns.kind, DnsFact::Kind::kDatagram);
      datagrams.emplace_back(dns.bytes);
    }
    return datagrams;
  }
};

class DnsOfFamily : public DnsTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Addresses, DnsOfFamily, testing::Values(AF_INET, AF_INET6),
                         [](const auto& test) { return test.param == AF_INET ? "Ipv4" : "Ipv6"; });

TEST_P(DnsOfFamily, SocketThatIsNotConnected) {
  RunWithServer(GetParam(), [&] {
    const int fd = Socket(GetParam(), SOCK_DGRAM);
    const std::string query = Query("ab");
    const sockaddr_in6 to = Loopback(GetParam(), kPort);
    Must(sendto(fd, query.data(), query.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                GetParam() == AF_INET ? sizeof(sockaddr_in) : sizeof to) > 0);
    Receive(fd);
    SayMyself();
  });
  EXPECT_THAT(Askers(), ElementsAreArray(ReadLines()));
  EXPECT_THAT(Datagrams(), ElementsAre(Reply(Query("ab"))));
}

TEST_P(DnsOfFamily, ConnectedSocket) {
  RunWithServer(GetParam(), [&] {
    const int fd = ClientSocket(GetParam());
    Ask(fd, "ab");
    Ask(fd, "cd");
    SayMyself();
    SayMyself();
  });
  EXPECT_THAT(Askers(), ElementsAreArray(ReadLines()));
  EXPECT_THAT(Datagrams(), ElementsAre(Reply(Query("ab")), Reply(Query("cd"))));
}

TEST_F(DnsTest, InheritedSocketIsWhoseQueryItIs) {
  RunWithServer(AF_INET, [&] {
    const int fd = ClientSocket(AF_INET);
    Ask(fd, "ab");
    SayMyself();
    InChild([&] {
      Ask(fd, "cd");
      SayMyself();
    });
    Ask(fd, "ef");
    SayMyself();
  });
  EXPECT_THAT(Askers(), ElementsAreArray(ReadLines()));
}

TEST_F(DnsTest, RepliesToTwoProcessesOnOneSocket) {
  RunWithServer(AF_INET, [&] {
    const int fd = ClientSocket(AF_INET);
    const std::string query = Query("ab");
    // Both ask before either has its reply.
    Must(kill(getpid(), 0) == 0 && send(fd, query.data(), query.size(), 0) > 0);
    SayMyself();
    InChild([&] {
      Ask(fd, "cd");
      SayMyself();
    });
    Receive(fd);
  });
  EXPECT_THAT(Askers(), ElementsAreArray(ReadLines()));
}

TEST_F(DnsTest, SeveralQueriesInOneCall) {
  RunWithServer(AF_INET, [&] {
    const int fd = ClientSocket(AF_INET);
    std::array<std::string, 2> queries = {Query("ab"), Query("cd")};
    std::array<iovec, 2> bytes;
    std::array<mmsghdr, 2> messages{};
    for (size_t i = 0; i < queries.size(); ++i) {
      bytes[i] = {queries[i].data(), queries[i].size()};
      messages[i].msg_hdr.msg_iov = &bytes[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    Must(sendmmsg(fd, messages.data(), messages.size(), 0) == 2);
    Receive(fd);
    Receive(fd);
  });
  EXPECT_THAT(Datagrams(), UnorderedElementsAre(Reply(Query("ab")), Reply(Query("cd"))));
}

TEST_P(DnsOfFamily, OverTcp) {
  RunWithServer(GetParam(), [&] {
    const int fd = Socket(GetParam(), SOCK_STREAM);
    Connect(fd, Loopback(GetParam(), kPort));
    const std::string query = Framed(Query("ab"));
    Must(send(fd, query.data(), query.size(), 0) > 0);
    std::array<char, 512> reply;
    while (recv(fd, reply.data(), reply.size(), 0) > 0) {
    }
    SayMyself();
  });
  const auto all = recorder_->dns();
  ASSERT_GE(all.size(), 3u);
  const std::string asker = ReadLines().at(0);
  EXPECT_EQ(all.front().kind, DnsFact::Kind::kBegin);
  EXPECT_EQ(all.back().kind, DnsFact::Kind::kEnd);
  std::string bytes;
  for (const DnsFact& dns : all) {
    EXPECT_EQ(dns.sequence, all.front().sequence + bytes.size());
    EXPECT_EQ(std::to_string(dns.subject.process.tgid), asker);
    EXPECT_EQ(dns.socket, all.front().socket);
    bytes += dns.bytes;
  }
  EXPECT_EQ(bytes, Framed(Reply(Query("ab"))));
}

TEST_F(DnsTest, ResolverOfTheCLibrary) {
  const TempDir dir;
  const std::string resolv_conf = dir.Write("resolv.conf", "nameserver 127.0.0.1\n");
  if (access("/etc/resolv.conf", F_OK) != 0) std::ofstream("/etc/resolv.conf").flush();
  RunWithServer(AF_INET, [&] {
    Must(unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount(resolv_conf.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0);
    addrinfo* found = nullptr;
    Must(getaddrinfo("www.example.com", nullptr, nullptr, &found) == 0);
    SayMyself();
    SayMyself();
  });
  EXPECT_THAT(Askers(), ElementsAreArray(ReadLines()));
  size_t ipv6 = 0;
  for (const std::string& reply : Datagrams())
    ipv6 += reply.find("\x20\1\x0d\xb8"s) != std::string::npos;
  EXPECT_EQ(ipv6, 1u);
}

TEST_F(DnsTest, NothingThatNobodyAskedFor) {
  const uint64_t before = source_->Status().replies_unasked;
  RunInNetwork([&] {
    const int server = Socket(AF_INET, SOCK_DGRAM);
    Bind(server, AF_INET, kPort);
    const int victim = Socket(AF_INET, SOCK_DGRAM);
    Bind(victim, AF_INET);
    Connect(victim, Loopback(AF_INET, kPort));
    const std::string reply = Reply(Query("ab"));
    Connect(server, NameOf(victim));
    Must(send(server, reply.data(), reply.size(), 0) > 0);
    Receive(victim);
  });
  EXPECT_THAT(Askers(), IsEmpty());
  EXPECT_EQ(source_->Status().replies_unasked, before + 1);
}

TEST_F(DnsTest, NothingOfOtherPorts) {
  RunInNetwork([&] {
    const int server = Socket(AF_INET, SOCK_DGRAM);
    Bind(server, AF_INET, 5353);
    const pid_t serving = Serve([&] { ReplyToDatagram(server); });
    const int fd = Socket(AF_INET, SOCK_DGRAM);
    Connect(fd, Loopback(AF_INET, 5353));
    Ask(fd, "ab");
    kill(serving, SIGKILL);
  });
  EXPECT_THAT(Askers(), IsEmpty());
}

// A query, with its question, goes to the server: that is no reply to anybody.
TEST_F(DnsTest, NothingOfQueriesThatStayUnanswered) {
  RunInNetwork([&] {
    const int server = Socket(AF_INET, SOCK_DGRAM);
    Bind(server, AF_INET, kPort);
    const int fd = ClientSocket(AF_INET);
    const std::string query = Query("ab");
    Must(send(fd, query.data(), query.size(), 0) > 0);
    Receive(server);
  });
  EXPECT_THAT(Askers(), IsEmpty());
}

}  // namespace
}  // namespace pidigree
