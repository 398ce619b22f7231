// Who speaks to whom. What must be told is asked of the kernel by getsockname(2) and
// getpeername(2).
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/source/bpf/kernel/network_test.h"

namespace pidigree {
namespace {

using testing::UnorderedElementsAreArray;

class FlowTest : public NetworkTest {
 protected:
  EventSet Wanted() const override { return ProcessEvents().set(3); }

  // For bodies: this process must be told to have opened what `fd` is connected by; to have
  // accepted it.
  void SayOpened(int fd) const { SayFlow("tcp", Text(NameOf(fd)), ">", Text(PeerOf(fd))); }
  void SayAccepted(int fd) const { SayFlow("tcp", Text(NameOf(fd)), "<", Text(PeerOf(fd))); }
  void SayFlow(const std::string& protocol, const std::string& local, const std::string& direction,
               const std::string& remote) const {
    Say(std::to_string(getpid()) + " " + std::to_string(getuid()) + " " + protocol + " " + local +
        " " + direction + " " + remote);
  }

  static std::string Text(const NetworkEnd& end) {
    char text[kIpAddressTextSize];
    std::string address(text, FormatShortIpAddress(end.address, text));
    if (end.address.IsV4()) address = address.substr(std::strlen("::ffff:"));
    return address + " " + std::to_string(end.port);
  }
  static std::string Text(const FlowFact& flow) {
    return std::to_string(flow.subject.process.tgid) + " " + std::to_string(flow.subject.ids.uid) +
           (flow.protocol == FlowProtocol::kTcp ? " tcp " : " udp ") + Text(flow.local) +
           (flow.inbound ? " < " : " > ") + Text(flow.remote);
  }
  using NetworkTest::Text;

  // Those that the test's processes made must be told, and no others.
  void ExpectFlows(const std::function<void()>& body) {
    RunInNetwork(body);
    std::vector<std::string> told;
    for (const FlowFact& flow : recorder_->flows()) told.push_back(Text(flow));
    EXPECT_THAT(told, UnorderedElementsAreArray(ReadLines()));
  }

  static int Listener(int family, int backlog = 8) {
    const int fd = Socket(family, SOCK_STREAM);
    Bind(fd, family);
    Must(listen(fd, backlog) == 0);
    return fd;
  }
  static int Accept(int listener) {
    const int fd = accept(listener, nullptr, nullptr);
    Must(fd >= 0);
    return fd;
  }
  static int Open(const sockaddr_in6& address) {
    const int fd = Socket(address.sin6_family, SOCK_STREAM);
    Connect(fd, address);
    return fd;
  }
  static sockaddr_in6 Mapped(const sockaddr_in6& ipv4) {
    sockaddr_in6 address = Loopback(AF_INET6, 0);
    address.sin6_port = ipv4.sin6_port;
    Must(inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr) == 1);
    return address;
  }

  // Datagrams.
  static void SendTo(int fd, const sockaddr_in6& address) {
    const socklen_t size = address.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof address;
    Must(sendto(fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), size) == 1);
  }
  static sockaddr_in6 ReceiveFrom(int fd) {
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    char byte;
    Must(recvfrom(fd, &byte, 1, 0, reinterpret_cast<sockaddr*>(&address), &size) == 1);
    return address;
  }
  static int BoundSocket(int family) {
    const int fd = Socket(family, SOCK_DGRAM);
    Bind(fd, family);
    return fd;
  }
  static int ConnectedTo(uint16_t port) {
    const int fd = Socket(AF_INET, SOCK_DGRAM);
    Connect(fd, Loopback(AF_INET, port));
    return fd;
  }
  // For bodies: this process must be told to have sent something through `fd`, which is connected.
  void SayExchange(int fd) const { SayFlow("udp", Text(NameOf(fd)), ">", Text(PeerOf(fd))); }
};

// --- TCP ----------------------------------------------------------------------------------------

// With either family of addresses.
class FlowOfFamily : public FlowTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Addresses, FlowOfFamily, testing::Values(AF_INET, AF_INET6),
                         [](const auto& test) { return test.param == AF_INET ? "Ipv4" : "Ipv6"; });

TEST_P(FlowOfFamily, ConnectionIsToldOfBothEnds) {
  ExpectFlows([&] {
    const int listener = Listener(GetParam());
    InChild([&] { SayOpened(Open(NameOf(listener))); });
    SayAccepted(Accept(listener));
  });
}

TEST_F(FlowTest, MappedAddressIsAnIpv4One) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    SayOpened(Open(Mapped(NameOf(listener))));
    SayAccepted(Accept(listener));
  });
}

TEST_F(FlowTest, ListenerOfBothFamilies) {
  ExpectFlows([&] {
    const int listener = Socket(AF_INET6, SOCK_STREAM);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    Must(bind(listener, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    Must(listen(listener, 8) == 0);
    SayOpened(Open(Loopback(AF_INET, ntohs(NameOf(listener).sin6_port))));
    SayAccepted(Accept(listener));
    SayOpened(Open(Loopback(AF_INET6, ntohs(NameOf(listener).sin6_port))));
    SayAccepted(Accept(listener));
  });
}

TEST_F(FlowTest, Accept4) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    SayOpened(Open(NameOf(listener)));
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    Must(fd >= 0);
    SayAccepted(fd);
  });
}

TEST_F(FlowTest, ConnectThatDoesNotWait) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    const sockaddr_in6 address = NameOf(listener);
    const int fd = Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    Must(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sockaddr_in)) == 0 ||
         errno == EINPROGRESS);
    pollfd ready{fd, POLLOUT, 0};
    Must(poll(&ready, 1, -1) == 1);
    SayOpened(fd);
  });
}

TEST_F(FlowTest, ThreadIsItsProcess) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    std::thread([&] { SayOpened(Open(NameOf(listener))); }).join();
    std::thread([&] { SayAccepted(Accept(listener)); }).join();
  });
}

TEST_F(FlowTest, WorkerThatAccepts) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    SayOpened(Open(NameOf(listener)));
    InChild([&] { SayAccepted(Accept(listener)); });
  });
}

TEST_F(FlowTest, WhoInheritsAConnectionDidNotOpenIt) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    const int fd = Open(NameOf(listener));
    SayOpened(fd);
    InChild([&] { Must(send(fd, "x", 1, 0) == 1); });
  });
}

TEST_F(FlowTest, UserIsTheOneOfThatMoment) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    InChild([&] {
      Must(setuid(65534) == 0);
      SayOpened(Open(NameOf(listener)));
    });
  });
}

TEST_F(FlowTest, GoneBeforeItIsAccepted) {
  ExpectFlows([&] {
    const int listener = Listener(AF_INET);
    const int fd = Open(NameOf(listener));
    SayOpened(fd);
    SayFlow("tcp", Text(PeerOf(fd)), "<", Text(NameOf(fd)));
    const linger reset{1, 0};
    Must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    close(fd);
    Accept(listener);
  });
}

TEST_F(FlowTest, OfMultipathTcpTheConnection) {
  constexpr int kMultipath = 262;  // IPPROTO_MPTCP of linux/in.h
  const int trial = socket(AF_INET, SOCK_STREAM, kMultipath);
  if (trial < 0) GTEST_SKIP() << "the kernel has no multipath TCP";
  close(trial);
  ExpectFlows([&] {
    const int listener = socket(AF_INET, SOCK_STREAM, kMultipath);
    Bind(listener, AF_INET);
    Must(listen(listener, 8) == 0);
    SayOpened(Open(NameOf(listener)));
    SayAccepted(Accept(listener));
  });
}

class FailingConnects : public FlowTest {
 protected:
  void ExpectCounted(const std::function<void()>& body) {
    const uint64_t before = Counted();
    ExpectFlows(body);
    // The attempts of others count, too.
    EXPECT_GT(Counted(), before) << testing::PrintToString(source_->Status().losses);
  }

  // Where the kernel skips the program, that is counted instead.
  static uint64_t Counted() {
    const SourceStatus status = source_->Status();
    return status.connects_failed + status.losses[static_cast<size_t>(SourceLoss::kRecursion)];
  }

  // A listener that answers nobody any more.
  int FullListener() const {
    const int listener = Listener(AF_INET, 0);
    SayOpened(Open(NameOf(listener)));
    // What ends the handshake may come after connect(2) has returned.
    pollfd full{listener, POLLIN, 0};
    Must(poll(&full, 1, -1) == 1);
    return listener;
  }
};

TEST_F(FailingConnects, Refused) {
  ExpectCounted([] {
    const sockaddr_in6 address = Loopback(AF_INET, 1);
    Must(connect(Socket(AF_INET, SOCK_STREAM), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(sockaddr_in)) != 0 &&
         errno == ECONNREFUSED);
  });
}

TEST_F(FailingConnects, TimedOut) {
  ExpectCounted([&] {
    const sockaddr_in6 address = NameOf(FullListener());
    const int fd = Socket(AF_INET, SOCK_STREAM);
    const int one = 1;
    Must(setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof one) == 0);
    Must(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sockaddr_in)) != 0 &&
         errno == ETIMEDOUT);
  });
}

TEST_F(FailingConnects, GivenUp) {
  ExpectCounted([&] {
    const sockaddr_in6 address = NameOf(FullListener());
    const int fd = Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    Must(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sockaddr_in)) != 0 &&
         errno == EINPROGRESS);
    close(fd);
  });
}

TEST_F(FlowTest, NothingOfWhatIsNoConnection) {
  ExpectFlows([] {
    Listener(AF_INET);
    Connect(Socket(AF_INET, SOCK_DGRAM), Loopback(AF_INET, 9));
    std::array<int, 2> pair{};
    Must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    const int listener = Listener(AF_INET);
    Must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    Must(accept(listener, nullptr, nullptr) < 0);
    sockaddr_in6 nowhere = Loopback(AF_INET6, 9);
    Must(inet_pton(AF_INET6, "2001:db8::1", &nowhere.sin6_addr) == 1);
    Must(connect(Socket(AF_INET6, SOCK_STREAM), reinterpret_cast<const sockaddr*>(&nowhere),
                 sizeof nowhere) != 0);
  });
}

// --- UDP ----------------------------------------------------------------------------------------

TEST_P(FlowOfFamily, DatagramsAreToldOnceOfBothEnds) {
  ExpectFlows([&] {
    const int server = BoundSocket(GetParam());
    const int client = Socket(GetParam(), SOCK_DGRAM);
    for (int i = 0; i < 3; ++i) {
      SendTo(client, NameOf(server));
      const sockaddr_in6 from = ReceiveFrom(server);
      if (i == 0) {
        SayFlow("udp", Text(from), ">", Text(NameOf(server)));
        SayFlow("udp", Text(NameOf(server)), "<", Text(from));
      }
      SendTo(server, from);
      ReceiveFrom(client);
    }
  });
}

TEST_F(FlowTest, DatagramsOfAConnectedSocket) {
  ExpectFlows([&] {
    const int client = ConnectedTo(9);
    Must(send(client, "x", 1, 0) == 1);
    SayExchange(client);
  });
}

TEST_F(FlowTest, DatagramsToSeveralPeersAtOnce) {
  ExpectFlows([&] {
    const int client = BoundSocket(AF_INET);
    std::array<sockaddr_in6, 2> to = {Loopback(AF_INET, 9), Loopback(AF_INET, 10)};
    std::array<mmsghdr, 2> messages{};
    char byte = 'x';
    iovec bytes{&byte, 1};
    for (size_t i = 0; i < to.size(); ++i) {
      messages[i].msg_hdr.msg_name = &to[i];
      messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
      messages[i].msg_hdr.msg_iov = &bytes;
      messages[i].msg_hdr.msg_iovlen = 1;
      SayFlow("udp", Text(NameOf(client)), ">", Text(to[i]));
    }
    Must(sendmmsg(client, messages.data(), messages.size(), 0) == 2);
  });
}

TEST_F(FlowTest, DatagramsToAMappedAddress) {
  ExpectFlows([&] {
    const int server = BoundSocket(AF_INET);
    const int client = Socket(AF_INET6, SOCK_DGRAM);
    SendTo(client, Mapped(NameOf(server)));
    const sockaddr_in6 from = ReceiveFrom(server);
    SayFlow("udp", Text(from), ">", Text(NameOf(server)));
    SayFlow("udp", Text(NameOf(server)), "<", Text(from));
  });
}

TEST_F(FlowTest, DatagramsOfAnInheritedSocket) {
  ExpectFlows([&] {
    const int client = ConnectedTo(9);
    Must(send(client, "x", 1, 0) == 1);
    SayExchange(client);
    InChild([&] {
      // An error of the datagram before may have come.
      Must(send(client, "x", 1, 0) == 1 || send(client, "x", 1, 0) == 1);
      SayExchange(client);
    });
  });
}

TEST_F(FlowTest, DatagramsThatNobodyAnswers) {
  ExpectFlows([&] {
    const int server = BoundSocket(AF_INET);
    const int client = Socket(AF_INET, SOCK_DGRAM);
    Connect(client, NameOf(server));
    Must(send(client, "x", 1, 0) == 1);
    SayExchange(client);
    char byte;
    Must(recv(server, &byte, 1, 0) == 1);
    // As `unseen` of the status says.
    if (HasHook("fentry/skb_consume_udp"))
      SayFlow("udp", Text(NameOf(server)), "<", Text(NameOf(client)));
  });
}

TEST_F(FlowTest, NothingOfWhatWasNotSent) {
  ExpectFlows([] {
    const int socket = BoundSocket(AF_INET);
    Must(send(socket, "x", 1, 0) < 0 && errno == EDESTADDRREQ);
    char byte;
    Must(recv(socket, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    sockaddr_in everybody{};
    everybody.sin_family = AF_INET;
    everybody.sin_port = htons(9);
    everybody.sin_addr.s_addr = INADDR_BROADCAST;
    Must(sendto(socket, "x", 1, 0, reinterpret_cast<sockaddr*>(&everybody), sizeof everybody) < 0);
  });
}

}  // namespace
}  // namespace pidigree
