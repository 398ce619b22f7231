#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

#include "tests/support/temp_dir.h"

namespace pidigree {

// What dumpcap(1) captures on the loopback of the calling process's network, and what tshark(1)
// says of it. Both must be installed.
class PacketCapture {
 public:
  // Returns when packets are captured.
  explicit PacketCapture(const TempDir& dir);
  PacketCapture(const PacketCapture&) = delete;
  PacketCapture& operator=(const PacketCapture&) = delete;
  ~PacketCapture();

  // Ends it when it has a packet with these bytes.
  void EndWith(std::string_view bytes);

  // The events of clients and one server, as EventKey() in packet_witness_test.cc names them:
  // - a TCP handshake: 3 of the client that connected and of the server that accepted;
  // - a UDP flow: 3 of the client that opened it, and of the server unless it was unreachable;
  // - a DNS reply that is whole: 22 of the client.
  std::multiset<std::string> Events() const;

 private:
  const std::string packets_, messages_;  // files
  const std::string dissection_, complaints_;
  pid_t dumpcap_ = -1;
};

}  // namespace pidigree
