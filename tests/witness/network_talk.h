#pragma once

#include <cstddef>
#include <string_view>

namespace pidigree {

// All of these end their process with status 126, and say why, when something does not work.

// A network of the calling process's own, with nothing but loopback, and nobody else's packets.
void EnterNetwork();

// A server of TCP and UDP, IPv4 and IPv6: an echo on port 7, and DNS on port 53. Writes a byte to
// `ready` when it can be asked. Ends by a signal only.
[[noreturn]] void RunServer(int ready);

// Speaks to the server in `threads` threads, of which each does `count` things of all kinds, in a
// random order that is always the same; then sends kLastDatagram. The server has taken all the rest
// by then.
[[noreturn]] void RunClient(size_t threads, size_t count);

constexpr std::string_view kLastDatagram = "this is the last datagram";

}  // namespace pidigree
