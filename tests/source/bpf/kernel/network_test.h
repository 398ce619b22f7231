#pragma once

#include <netinet/in.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {

// For tests in a network of their own: nobody else's addresses, and port 53 is free.
class NetworkTest : public LiveTest {
 protected:
  void SetUp() override;

  // As Run(), with `body` in a new network namespace whose loopback is up.
  void RunInNetwork(const std::function<void()>& body);

  // For bodies: tells the test a line; ReadLines() gives all since the last call.
  void Say(const std::string& line) const;
  std::vector<std::string> ReadLines();

  bool HasHook(const std::string& name) const;

  // For bodies. All of them end the process if they fail.
  static int Socket(int family, int type);
  static sockaddr_in6 Loopback(int family, uint16_t port);
  static void Bind(int fd, int family, uint16_t port = 0);
  static void Connect(int fd, const sockaddr_in6& address);
  static sockaddr_in6 NameOf(int fd);
  static sockaddr_in6 PeerOf(int fd);
  // Does `body` in a child, and waits for its end.
  static void InChild(const std::function<void()>& body);

  // "127.0.0.1 53", mapped addresses as IPv4.
  static std::string Text(const sockaddr_in6& address);

 private:
  std::array<int, 2> lines_{-1, -1};
};

}  // namespace pidigree
