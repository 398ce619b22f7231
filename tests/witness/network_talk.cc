#include "tests/witness/network_talk.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/support/random.h"

namespace pidigree {
namespace {

using namespace std::literals;

constexpr uint16_t kNobody = 1, kEcho = 7, kDns = 53;
constexpr auto kAddresses = {"127.0.0.1", "::1", "::ffff:127.0.0.1"};

void Must(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  _exit(126);
}

// IPv4 ones stand in the same structure as IPv6 ones, with their own length.
struct Address {
  Address() = default;
  Address(const char* text, uint16_t port) {
    value.sin6_port = htons(port);
    value.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, text, &value.sin6_addr) == 1) return;
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    Must(inet_pton(AF_INET, text, &ipv4.sin_addr) == 1, text);
    std::memcpy(&value, &ipv4, sizeof ipv4);
    size = sizeof ipv4;
  }
  const sockaddr* plain() const { return reinterpret_cast<const sockaddr*>(&value); }
  sockaddr* plain() { return reinterpret_cast<sockaddr*>(&value); }

  sockaddr_in6 value{};
  socklen_t size = sizeof value;
};

UniqueFd SocketFor(const Address& address, int type) {
  UniqueFd fd(socket(address.value.sin6_family, type | SOCK_CLOEXEC, 0));
  Must(static_cast<bool>(fd), "socket");
  return fd;
}

UniqueFd Bound(uint16_t port, int type) {
  const Address any("::", port);
  UniqueFd fd = SocketFor(any, type);
  const int off = 0, on = 1;
  Must(setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
           setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(fd.get(), any.plain(), any.size) == 0,
       "bind");
  return fd;
}

UniqueFd Connected(const Address& to, int type) {
  UniqueFd fd = SocketFor(to, type);
  Must(connect(fd.get(), to.plain(), to.size) == 0, "connect");
  return fd;
}

void Send(const UniqueFd& fd, std::string_view bytes) {
  Must(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size()),
       "send");
}

// "" at the end.
std::string Receive(const UniqueFd& fd) {
  std::array<char, 4096> bytes;
  const ssize_t size = recv(fd.get(), bytes.data(), bytes.size(), 0);
  return {bytes.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
}

std::string TwoBytes(size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

// RFC 1035, 4.2.2
std::string Framed(const std::string& message) { return TwoBytes(message.size()) + message; }

// Takes the first message out of what came; "" if it is not whole.
std::string TakeMessage(std::string& stream) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(stream[at]); };
  if (stream.size() < 2) return {};
  const size_t size = static_cast<size_t>(byte(0) << 8 | byte(1));
  if (stream.size() < 2 + size) return {};
  std::string message = stream.substr(2, size);
  stream.erase(0, 2 + size);
  return message;
}

// --- the server ---------------------------------------------------------------------------------

std::string Resource(std::string_view owner, char type, const std::string& data) {
  return std::string(owner) + '\0' + type + "\0\1\0\0\1\x2c"s + TwoBytes(data.size()) + data;
}

// The first letter of the name that is asked for says what the reply looks like: RFC 1035, 4.1.
std::string Reply(const std::string& query, bool over_tcp) {
  const size_t name_end = query.find('\0', 12);
  Must(name_end != query.npos, "a query");
  const std::string question = query.substr(12, name_end + 5 - 12);
  constexpr auto kName = "\xc0\x0c"sv;  // that of the question
  const auto address = [&](std::string_view owner, int last) {
    return Resource(owner, 1, "\xc0\0\2"s + static_cast<char>(last));  // 192.0.2.
  };
  std::vector<std::string> answers;
  char code = 0;
  bool cut = false;
  switch (question[1]) {
    case 'a':
      answers = {address(kName, 1)};
      break;
    case 'm':
      for (const int last : {3, 1, 2}) answers.push_back(address(kName, last));
      break;
    case 's':  // 2001:db8::53
      answers = {Resource(kName, 28, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x53"s)};
      break;
    case 'c': {  // target.example.com
      const size_t example = 12 + 1 + static_cast<size_t>(question[0]);
      const size_t target = 12 + question.size() + 12;
      answers = {Resource(kName, 5, "\6target" + TwoBytes(0xc000 | example)),
                 address(TwoBytes(0xc000 | target), 4)};
      break;
    }
    case 't':
      answers = {Resource(kName, 16, "\xcsome text, 1"s)};
      break;
    case 'l':
      cut = !over_tcp;
      for (int last = 1; last <= 100 && over_tcp; ++last) answers.push_back(address(kName, last));
      break;
    case 'x':
      code = 3;  // no such name
      break;
    case 'f':
      code = 2;  // the server failed
      break;
    case 'e':  // there is such a name, but nothing of that type
      break;
  }
  std::string reply = query.substr(0, 2) + static_cast<char>(cut ? 0x83 : 0x81) +
                      static_cast<char>(0x80 | code) + "\0\1"s + TwoBytes(answers.size()) +
                      "\0\0\0\0"s + question;
  for (const std::string& answer : answers) reply += answer;
  return reply;
}

[[noreturn]] void ServeTcp(const UniqueFd& listener, void (*speak)(const UniqueFd&)) {
  for (;;) {
    const UniqueFd taken(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    Must(static_cast<bool>(taken), "accept");
    speak(taken);
  }
}

[[noreturn]] void ServeUdp(const UniqueFd& socket, std::string (*reply)(const std::string&)) {
  for (;;) {
    Address from;
    std::array<char, 4096> bytes;
    const ssize_t size =
        recvfrom(socket.get(), bytes.data(), bytes.size(), 0, from.plain(), &from.size);
    Must(size >= 0, "recvfrom");
    const std::string answer = reply({bytes.data(), static_cast<size_t>(size)});
    if (!answer.empty())
      Must(sendto(socket.get(), answer.data(), answer.size(), 0, from.plain(), from.size) > 0,
           "sendto");
  }
}

void Echo(const UniqueFd& taken) {
  for (std::string bytes; !(bytes = Receive(taken)).empty();) Send(taken, bytes);
}

// What the client says to be answered.
constexpr std::string_view kAnswer = "answer";

std::string EchoIfAsked(const std::string& bytes) { return bytes == kAnswer ? bytes : ""; }

// Replies come in two segments.
void AnswerQueries(const UniqueFd& taken) {
  const int on = 1;
  Must(setsockopt(taken.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  std::string stream;
  for (std::string bytes; !(bytes = Receive(taken)).empty();) {
    stream += bytes;
    for (std::string query; !(query = TakeMessage(stream)).empty();) {
      const std::string reply = Framed(Reply(query, true));
      Send(taken, reply.substr(0, 20));
      Send(taken, reply.substr(20));
    }
  }
}

// --- the client ---------------------------------------------------------------------------------

class Client {
 public:
  explicit Client(size_t number) : prefix_("-" + std::to_string(number) + "-"), random_(number) {
    // glibc's resolver, with that server.
    Must(res_ninit(&resolver_) == 0, "res_ninit");
    const Address server("127.0.0.1", kDns);
    std::memcpy(&resolver_.nsaddr_list[0], &server.value, sizeof resolver_.nsaddr_list[0]);
    resolver_.nscount = 1;
  }

  void Act() {
    const char* const to = random_.Pick(std::vector<const char*>(kAddresses));
    switch (random_.Below(10)) {
      case 0:
        return Speak(to);
      case 1:
        return ConnectOnly(to);
      case 2:
        return ConnectWithoutWaiting(to);
      case 3:
        return BeRefused(to);
      case 4:
        return ExchangeDatagrams(to);
      case 5:
        return SendTo(Address(to, kEcho), "x");
      case 6:
        return SendTo(Address(to, kNobody), "x");  // an ICMP message comes back
      case 7:
        return AskByHand(to);
      case 8:
        return AskOverTcp(to);
      default:
        return Ask();
    }
  }

  static void Speak(const char* to) {
    const UniqueFd fd = Connected(Address(to, kEcho), SOCK_STREAM);
    Send(fd, kAnswer);
    Must(!Receive(fd).empty(), "TCP echo");
  }

  static void ExchangeDatagrams(const char* to) {
    const UniqueFd fd = Connected(Address(to, kEcho), SOCK_DGRAM);
    Send(fd, kAnswer);
    Must(!Receive(fd).empty(), "UDP echo");
  }

  static void SendTo(const Address& to, std::string_view bytes) {
    Must(sendto(SocketFor(to, SOCK_DGRAM).get(), bytes.data(), bytes.size(), 0, to.plain(),
                to.size) > 0,
         "sendto");
  }

  void AskOverTcp(const char* to) {
    const UniqueFd fd = Connected(Address(to, kDns), SOCK_STREAM);
    Send(fd, Framed(Query("amscltxfe")) + Framed(Query("amscltxfe")));
    std::string stream;
    for (int replies = 0; replies < 2;) {
      const std::string bytes = Receive(fd);
      Must(!bytes.empty(), "replies");
      stream += bytes;
      while (!TakeMessage(stream).empty()) ++replies;
    }
  }

 private:
  // Closed before the server has accepted it, perhaps.
  static void ConnectOnly(const char* to) {
    const UniqueFd fd = Connected(Address(to, kEcho), SOCK_STREAM);
    const linger reset{1, 0};
    Must(setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0, "SO_LINGER");
  }

  static void ConnectWithoutWaiting(const char* text) {
    const Address to(text, kEcho);
    const UniqueFd fd = SocketFor(to, SOCK_STREAM | SOCK_NONBLOCK);
    Must(connect(fd.get(), to.plain(), to.size) < 0 && errno == EINPROGRESS, "EINPROGRESS");
    pollfd wait{fd.get(), POLLOUT, 0};
    Must(poll(&wait, 1, -1) == 1 && wait.revents == POLLOUT, "poll");
  }

  static void BeRefused(const char* text) {
    const Address to(text, kNobody);
    const UniqueFd fd = SocketFor(to, SOCK_STREAM);
    Must(connect(fd.get(), to.plain(), to.size) < 0 && errno == ECONNREFUSED, "ECONNREFUSED");
  }

  // The kind of reply is one of `kinds`.
  std::string Name(std::string_view kinds) {
    return kinds[random_.Below(kinds.size())] + prefix_ + std::to_string(++names_);
  }

  std::string Query(std::string_view kinds) {
    const std::string label = Name(kinds);
    return "ab\1\0\0\1\0\0\0\0\0\0"s + static_cast<char>(label.size()) + label +
           "\7example\3com\0\0\1\0\1"s;
  }

  void AskByHand(const char* to) {
    const UniqueFd fd = Connected(Address(to, kDns), SOCK_DGRAM);
    Send(fd, Query("amsctxfe"));
    Must(!Receive(fd).empty(), "reply");
  }

  // Where the reply is cut, this asks again over TCP.
  void Ask() {
    const std::string name = Name("amscltxe") + ".example.com";
    const int type = name[0] == 's' ? ns_t_aaaa : name[0] == 't' ? ns_t_txt : ns_t_a;
    std::array<unsigned char, 4096> answer;
    Must(res_nquery(&resolver_, name.c_str(), ns_c_in, type, answer.data(),
                    static_cast<int>(answer.size())) > 0 ||
             resolver_.res_h_errno == HOST_NOT_FOUND || resolver_.res_h_errno == NO_DATA,
         name.c_str());
  }

  const std::string prefix_;
  Random random_;
  size_t names_ = 0;
  struct __res_state resolver_ {};
};

}  // namespace

void EnterNetwork() {
  Must(unshare(CLONE_NEWNET) == 0, "unshare");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Must(ioctl(any.get(), SIOCSIFFLAGS, &request) == 0, "lo");
}

void RunServer(int ready) {
  const UniqueFd echo = Bound(kEcho, SOCK_STREAM), dns = Bound(kDns, SOCK_STREAM);
  const UniqueFd udp_echo = Bound(kEcho, SOCK_DGRAM), udp_dns = Bound(kDns, SOCK_DGRAM);
  Must(listen(echo.get(), SOMAXCONN) == 0 && listen(dns.get(), SOMAXCONN) == 0, "listen");
  std::thread([&] { ServeTcp(echo, Echo); }).detach();
  std::thread([&] { ServeTcp(dns, AnswerQueries); }).detach();
  std::thread([&] { ServeUdp(udp_echo, EchoIfAsked); }).detach();
  std::thread([&] {
    ServeUdp(udp_dns, [](const std::string& query) { return Reply(query, false); });
  }).detach();
  Must(write(ready, "", 1) == 1, "ready");
  for (;;) pause();
}

void RunClient(size_t threads, size_t count) {
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i)
    running.emplace_back([i, count] {
      Client client(i);
      for (size_t done = 0; done < count; ++done) client.Act();
    });
  for (std::thread& thread : running) thread.join();
  // The server takes one after the other.
  Client last(threads);
  last.Speak("127.0.0.1");
  last.ExchangeDatagrams("127.0.0.1");
  last.AskOverTcp("127.0.0.1");
  last.SendTo(Address("127.0.0.1", kNobody), kLastDatagram);
  _exit(0);
}

}  // namespace pidigree
