#include "tests/agent/name_server.h"

#include <sys/socket.h>

#include <string>

namespace pidigree {
namespace {

using namespace std::literals;

// The name 77.0.0.127.in-addr.arpa, and the answer to a question for it: RFC 1035, 3.3.12 and 4.1.
constexpr auto kPeer = "\00277\0010\0010\003127\7in-addr\4arpa\0"sv;
constexpr auto kAnswer = "\xc0\x0c\0\14\0\1\0\0\1\x2c\0\x12\4peer\7example\3net\0"sv;

}  // namespace

NameServer::NameServer(int socket) : socket_(socket), thread_([this] { Serve(); }) {}

NameServer::~NameServer() { shutdown(socket_, SHUT_RDWR); }  // ends Serve()

size_t NameServer::AskedForPeer() {
  const MutexLock lock(mutex_);
  return asked_for_peer_;
}

void NameServer::Serve() {
  for (;;) {
    char message[512];
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = recvfrom(socket_, message, sizeof message, 0,
                                  reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size <= 0) return;
    const std::string_view query(message, static_cast<size_t>(size));
    const std::string_view name = query.substr(12, query.find('\0', 12) + 1 - 12);
    const bool known = name == kPeer;
    {
      const MutexLock lock(mutex_);
      asked_for_peer_ += known;
    }
    std::string reply(query.substr(0, 2));
    reply += known ? "\x81\x80\0\1\0\1\0\0\0\0"sv : "\x81\x83\0\1\0\0\0\0\0\0"sv;
    reply += query.substr(12, name.size() + 4);
    if (known) reply += kAnswer;
    sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from),
           from_size);
  }
}

}  // namespace pidigree
