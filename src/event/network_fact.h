#pragma once

#include <cstdint>
#include <string_view>

#include "schema/kernel_actions.h"
#include "src/base/ip_address.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

// One end of a connection or an exchange of datagrams.
struct NetworkEnd {
  IpAddress address;
  uint16_t port = 0;
};

enum class FlowProtocol : uint8_t { kTcp, kUdp };

// The actor's TCP connection was established, or the actor accepted one, or it sent or took a
// datagram. Of datagrams not every one is told.
struct FlowFact {
  Subject subject;
  FlowProtocol protocol{};
  bool inbound = false;  // the remote end began
  NetworkEnd local;
  NetworkEnd remote;
  // UDP: when the actor and the remote end exchanged the one before; 0: not known.
  uint64_t previous_ns = 0;
};

// What a DNS server sent to the actor, who had asked for it.
struct DnsFact {
  Subject subject;
  uint64_t socket = 0;  // no two sockets have the same number
  enum class Kind : uint8_t {
    kDatagram,  // UDP: a message
    kBegin,     // TCP: `sequence` is the number of the first byte that will come
    kSegment,   // ... bytes, the first of which has this number
    kEnd,       // ... no more will come
  } kind{};
  uint32_t sequence = 0;
  std::string_view bytes;
};

enum class PipeAction : uint8_t {
  kCreated = ACTION_PIPE_CREATED,
  kConnected = ACTION_PIPE_CONNECTED,
};

// Something happened to a named object that processes speak through.
struct PipeFact {
  Subject subject;
  PipeAction action{};
  KernelPath path;
};

}  // namespace pidigree
