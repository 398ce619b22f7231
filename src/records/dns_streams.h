#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// Takes the messages out of what DNS servers send over TCP: each stands behind its length, of two
// bytes (RFC 1035, 4.2.2). Segments come as they arrived at the host: twice, out of order, cut
// anywhere. Memory is bounded: of the streams, and of what one may hold back.
class DnsStreams {
 public:
  // A view that lives until the call returns.
  using Visit = std::function<void(std::string_view message)>;

  // The first byte of the stream `id` will have this sequence number.
  void Begin(uint64_t id, uint32_t sequence);
  // Bytes of the stream, the first of which has this number. Of a stream that nobody began they
  // are taken to be the first ones.
  void Add(uint64_t id, uint32_t sequence, std::string_view bytes, const Visit& visit);
  void End(uint64_t id);

  // Streams that were given up while a message was not complete: they ended, too many were open, or
  // too much came before something that was missing.
  uint64_t broken() const { return broken_; }

 private:
  static constexpr size_t kMaxStreams = 64;
  static constexpr size_t kMaxEarlyBytes = 64 * 1024;  // of a stream, likewise the next
  static constexpr size_t kMaxEarly = 64;

  struct Segment {
    uint32_t sequence;
    std::string bytes;
  };
  struct Stream {
    uint64_t id = 0;
    uint32_t next = 0;           // number of the byte behind `bytes`
    std::string bytes;           // that belong to no complete message yet
    std::vector<Segment> early;  // what came before something that is missing
    size_t early_bytes() const;
  };
  using Streams = std::vector<Stream>;

  Streams::iterator Find(uint64_t id);
  void GiveUp(Streams::iterator stream);
  // False: there was nothing new in it, or something is missing before it.
  static bool TakeSegment(Stream& stream, uint32_t sequence, std::string_view bytes);
  static void TakeMessages(Stream& stream, const Visit& visit);

  Streams streams_;  // the last used is the last
  uint64_t broken_ = 0;
};

}  // namespace pidigree
