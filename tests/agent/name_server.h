#pragma once

#include <cstddef>
#include <string_view>
#include <thread>

#include "src/base/mutex.h"

namespace pidigree {

// Knows one name, that of 127.0.0.77: peer.example.net; and of all others that they do not exist.
class NameServer {
 public:
  static constexpr std::string_view kPeerName = "peer.example.net";

  // Takes questions from `socket`, which is bound and must outlive the server.
  explicit NameServer(int socket);
  ~NameServer();

  // How often the name of 127.0.0.77 was asked for.
  size_t AskedForPeer();

 private:
  void Serve();

  const int socket_;
  Mutex mutex_;
  size_t asked_for_peer_ GUARDED_BY(mutex_) = 0;
  std::jthread thread_;
};

}  // namespace pidigree
