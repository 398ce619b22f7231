#include "tests/source/bpf/kernel/network_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

namespace pidigree {
namespace {

// IPv4 addresses stand in the same structure as IPv6 ones, with their own length.
socklen_t SizeOf(const sockaddr_in6& address) {
  return address.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

const sockaddr* Plain(const sockaddr_in6& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

void NetworkTest::SetUp() {
  LiveTest::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  ASSERT_EQ(pipe2(lines_.data(), O_NONBLOCK), 0);
}

void NetworkTest::RunInNetwork(const std::function<void()>& body) {
  Run([&] {
    Must(unshare(CLONE_NEWNET) == 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    Must(ioctl(Socket(AF_INET, SOCK_DGRAM), SIOCSIFFLAGS, &request) == 0);
    body();
  });
  EXPECT_EQ(status_, 0);
}

void NetworkTest::Say(const std::string& line) const {
  const std::string text = line + '\n';
  Must(write(lines_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::vector<std::string> NetworkTest::ReadLines() {
  std::array<char, 65536> buffer;
  const ssize_t size = read(lines_[0], buffer.data(), buffer.size());
  std::istringstream text(std::string(buffer.data(), static_cast<size_t>(std::max(size, {}))));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

bool NetworkTest::HasHook(const std::string& name) const {
  const std::vector<std::string> hooks = source_->Status().hooks;
  return std::ranges::find(hooks, name) != hooks.end();
}

int NetworkTest::Socket(int family, int type) {
  const int fd = socket(family, type | SOCK_CLOEXEC, 0);
  Must(fd >= 0);
  return fd;
}

sockaddr_in6 NetworkTest::Loopback(int family, uint16_t port) {
  sockaddr_in6 address{};
  if (family == AF_INET6) {
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    return address;
  }
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memcpy(&address, &ipv4, sizeof ipv4);
  return address;
}

void NetworkTest::Bind(int fd, int family, uint16_t port) {
  const sockaddr_in6 address = Loopback(family, port);
  Must(bind(fd, Plain(address), SizeOf(address)) == 0);
}

void NetworkTest::Connect(int fd, const sockaddr_in6& address) {
  Must(connect(fd, Plain(address), SizeOf(address)) == 0);
}

sockaddr_in6 NetworkTest::NameOf(int fd) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  Must(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return address;
}

sockaddr_in6 NetworkTest::PeerOf(int fd) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  Must(getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return address;
}

void NetworkTest::InChild(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  Must(waitpid(child, &status, 0) == child && status == 0);
}

std::string NetworkTest::Text(const sockaddr_in6& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::string port = " " + std::to_string(ntohs(address.sin6_port));
  if (address.sin6_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof ipv4);
    inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return text.data() + port;
  }
  inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
  const std::string_view whole = text.data();
  constexpr std::string_view kMapped = "::ffff:";
  return std::string(whole.starts_with(kMapped) ? whole.substr(kMapped.size()) : whole) + port;
}

}  // namespace pidigree
