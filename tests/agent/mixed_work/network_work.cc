#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "src/base/unique_fd.h"
#include "tests/agent/mixed_work/work.h"

namespace pidigree {
namespace {

using namespace std::literals;

constexpr uint16_t kDns = 53, kDiscard = 9;

// IPv4 ones stand in the same structure as IPv6 ones, with their own length.
struct Address {
  sockaddr_in6 value{};

  const sockaddr* plain() const { return reinterpret_cast<const sockaddr*>(&value); }
  sockaddr* plain() { return reinterpret_cast<sockaddr*>(&value); }
  socklen_t size() const {
    return value.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  }
  int family() const { return value.sin6_family; }
  // As in events 3: "127.0.0.1 53"; Sysmon shortens no zeros.
  std::string Text() const {
    const std::string port = " " + std::to_string(ntohs(value.sin6_port));
    if (family() == AF_INET6) return "0:0:0:0:0:0:0:1" + port;
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &value, sizeof ipv4);
    return inet_ntoa(ipv4.sin_addr) + port;
  }
};

// Number N of 127.0.0.0/8.
Address Loopback(uint16_t port, uint32_t number = 1) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  ipv4.sin_addr.s_addr = htonl((uint32_t{127} << 24) + number);
  Address address;
  std::memcpy(&address.value, &ipv4, sizeof ipv4);
  return address;
}

Address Loopback6(uint16_t port) {
  Address address;
  address.value.sin6_family = AF_INET6;
  address.value.sin6_port = htons(port);
  address.value.sin6_addr = in6addr_loopback;
  return address;
}

// What an IPv6 socket calls an IPv4 address.
Address Mapped(const Address& ipv4) {
  sockaddr_in plain;
  std::memcpy(&plain, &ipv4.value, sizeof plain);
  Address address = Loopback6(ntohs(plain.sin_port));
  address.value.sin6_addr = {};
  address.value.sin6_addr.s6_addr[10] = address.value.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&address.value.sin6_addr.s6_addr[12], &plain.sin_addr, sizeof plain.sin_addr);
  return address;
}

Address NameOf(const UniqueFd& fd) {
  Address address;
  socklen_t size = sizeof address.value;
  Must(getsockname(fd.get(), address.plain(), &size) == 0, "getsockname");
  return address;
}

UniqueFd Socket(int family, int type) {
  UniqueFd fd(socket(family, type | SOCK_CLOEXEC, 0));
  Must(static_cast<bool>(fd), "socket");
  return fd;
}

UniqueFd Bound(int type, const Address& address) {
  UniqueFd fd = Socket(address.family(), type);
  Must(bind(fd.get(), address.plain(), address.size()) == 0, "bind");
  return fd;
}

UniqueFd Listener(const Address& address) {
  UniqueFd fd = Bound(SOCK_STREAM, address);
  Must(listen(fd.get(), 16) == 0, "listen");
  return fd;
}

bool Connect(const UniqueFd& fd, const Address& to) {
  return connect(fd.get(), to.plain(), to.size()) == 0;
}

void Send(const UniqueFd& fd, std::string_view bytes) {
  Must(send(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "send");
}

void SendTo(const UniqueFd& fd, std::string_view bytes, const Address& to) {
  Must(sendto(fd.get(), bytes.data(), bytes.size(), 0, to.plain(), to.size()) ==
           static_cast<ssize_t>(bytes.size()),
       "sendto");
}

void Receive(const UniqueFd& fd, size_t size) {
  std::array<char, 512> bytes;
  for (size_t got = 0; got < size;) {
    const ssize_t some = recv(fd.get(), bytes.data(), bytes.size(), 0);
    Must(some > 0, "recv");
    got += static_cast<size_t>(some);
  }
}

void EnterNetwork() {
  Must(unshare(CLONE_NEWNET) == 0, "unshare");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  Must(ioctl(Socket(AF_INET, SOCK_DGRAM).get(), SIOCSIFFLAGS, &request) == 0, "lo");
}

// Messages of RFC 1035, 4.1, about the name of a deed.
struct Dns {
  explicit Dns(const Account& account) : label("n" + std::to_string(account.number())) {}

  std::string name() const { return label + ".example.com"; }
  std::string Question() const {
    return static_cast<char>(label.size()) + label + "\7example\3com\0\0\1\0\1"s;
  }
  std::string Query() const { return "ab\1\0\0\1\0\0\0\0\0\0"s + Question(); }
  // The address 127.0.0.2.
  std::string Reply() const {
    return "ab\x81\x80\0\1\0\1\0\0\0\0"s + Question() + "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x7f\0\0\2"s;
  }
  // There is no such name.
  std::string Denial() const { return "ab\x81\x83\0\1\0\0\0\0\0\0"s + Question(); }

  std::string label;
};

// Both ends of everything.
class Network {
 public:
  explicit Network(Account& account) : account_(account) {
    Must(static_cast<bool>(client_), "client");
    Ask();  // the two ends of this exchange are told once
    account.Fact({Flow("udp", "true", NameOf(client_), NameOf(server_))});
    account.Fact({Flow("udp", "false", NameOf(client_), NameOf(server_))});
  }

  void Tcp(const UniqueFd& listener) {
    const Address to = NameOf(listener);
    const UniqueFd opener = Socket(to.family(), SOCK_STREAM);
    static_cast<void>(OpenTcp(listener, opener, to));
  }

  void TcpMapped() {
    const UniqueFd opener = Socket(AF_INET6, SOCK_STREAM);
    static_cast<void>(OpenTcp(listener4_, opener, Mapped(NameOf(listener4_))));
  }

  void Refuse() const {
    Must(!Connect(Socket(AF_INET, SOCK_STREAM), Loopback(1)) && errno == ECONNREFUSED, "refuse");
  }

  void Udp() {
    const UniqueFd from = Bound(SOCK_DGRAM, Loopback(0));
    const Address to = Loopback(kDiscard, Number());
    SendTo(from, "x", to);
    account_.Fact({Flow("udp", "true", NameOf(from), to)});
  }

  void UdpMapped() {
    const UniqueFd from = Bound(SOCK_DGRAM, Mapped(Loopback(0)));
    const Address to = Loopback(kDiscard, Number());
    SendTo(from, "x", Mapped(to));
    account_.Fact({Flow("udp", "true", Loopback(ntohs(NameOf(from).value.sin6_port)), to)});
  }

  void Ask() { Ask(Dns(account_).Reply(), " 0 ::ffff:127.0.0.2;"); }
  void AskInVain() { Ask(Dns(account_).Denial(), " 9003 -"); }

  // RFC 1035, 4.2.2
  void AskOverTcp() {
    const Dns dns(account_);
    const auto framed = [](const std::string& message) {
      return '\0' + std::string(1, static_cast<char>(message.size())) + message;
    };
    const UniqueFd opener = Socket(AF_INET, SOCK_STREAM);
    const UniqueFd taken = OpenTcp(server_tcp_, opener, NameOf(server_tcp_));
    Send(opener, framed(dns.Query()));
    Receive(taken, framed(dns.Query()).size());
    Send(taken, framed(dns.Reply()));
    Receive(opener, framed(dns.Reply()).size());
    account_.Fact({"22 " + dns.name() + " 0 ::ffff:127.0.0.2;"});
  }

  UniqueFd listener4_ = Listener(Loopback(0));
  UniqueFd listener6_ = Listener(Loopback6(0));

 private:
  static std::string Flow(const std::string& protocol, const std::string& initiated,
                          const Address& source, const Address& destination) {
    return "3 " + protocol + " " + initiated + " " + source.Text() + " " + destination.Text();
  }

  // One that no deed before had.
  uint32_t Number() const { return 256 + static_cast<uint32_t>(account_.number()); }

  UniqueFd OpenTcp(const UniqueFd& listener, const UniqueFd& opener, const Address& to) {
    Must(Connect(opener, to), "connect");
    Address from;
    socklen_t size = sizeof from.value;
    UniqueFd taken(accept4(listener.get(), from.plain(), &size, SOCK_CLOEXEC));
    const linger reset{1, 0};  // so that no port stays busy
    Must(taken && setsockopt(opener.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0,
         "accept");
    account_.Fact({Flow("tcp", "true", from, NameOf(listener))});
    account_.Fact({Flow("tcp", "false", from, NameOf(listener))});
    return taken;
  }

  void Ask(const std::string& reply, const std::string& told) {
    const Dns dns(account_);
    SendTo(client_, dns.Query(), NameOf(server_));
    Receive(server_, dns.Query().size());
    SendTo(server_, reply, NameOf(client_));
    Receive(client_, reply.size());
    account_.Fact({"22 " + dns.name() + told});
  }

  Account& account_;
  UniqueFd server_ = Bound(SOCK_DGRAM, Loopback(kDns));
  UniqueFd server_tcp_ = Listener(Loopback(kDns));
  UniqueFd client_ = Bound(SOCK_DGRAM, Loopback(5353));
};

}  // namespace

std::vector<Deed> NetworkDeeds(Account& account) {
  EnterNetwork();
  const auto network = std::make_shared<Network>(account);
  return {
      {"tcp", 4, [=] { network->Tcp(network->listener4_); }},
      {"tcp6", 2, [=] { network->Tcp(network->listener6_); }},
      {"tcp-mapped", 1, [=] { network->TcpMapped(); }},
      {"tcp-refused", 1, [=] { network->Refuse(); }},
      {"udp", 3, [=] { network->Udp(); }},
      {"udp-mapped", 1, [=] { network->UdpMapped(); }},
      {"dns", 4, [=] { network->Ask(); }},
      {"dns-denied", 1, [=] { network->AskInVain(); }},
      {"dns-over-tcp", 1, [=] { network->AskOverTcp(); }},
  };
}

}  // namespace pidigree
