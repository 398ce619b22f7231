#include "src/records/dns_streams.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace pidigree {
namespace {

constexpr size_t kLengthSize = 2;

// How far `sequence` is ahead of `next`; numbers wrap at 2^32 (RFC 9293, 3.4).
int32_t Ahead(uint32_t sequence, uint32_t next) { return static_cast<int32_t>(sequence - next); }

}  // namespace

size_t DnsStreams::Stream::early_bytes() const {
  return std::accumulate(
      early.begin(), early.end(), size_t{0},
      [](size_t sum, const Segment& segment) { return sum + segment.bytes.size(); });
}

DnsStreams::Streams::iterator DnsStreams::Find(uint64_t id) {
  return std::ranges::find(streams_, id, &Stream::id);
}

void DnsStreams::GiveUp(Streams::iterator stream) {
  broken_ += !stream->bytes.empty() || !stream->early.empty();
  streams_.erase(stream);
}

void DnsStreams::Begin(uint64_t id, uint32_t sequence) {
  // The server may say so twice, also behind the first bytes.
  if (Find(id) != streams_.end()) return;
  if (streams_.size() >= kMaxStreams) GiveUp(streams_.begin());
  streams_.push_back({.id = id, .next = sequence, .bytes = {}, .early = {}});
}

void DnsStreams::End(uint64_t id) {
  if (const auto stream = Find(id); stream != streams_.end()) GiveUp(stream);
}

bool DnsStreams::TakeSegment(Stream& stream, uint32_t sequence, std::string_view bytes) {
  const int32_t ahead = Ahead(sequence, stream.next);
  if (ahead > 0) return false;
  const auto old = static_cast<size_t>(-int64_t{ahead});
  if (old >= bytes.size()) return false;
  stream.bytes += bytes.substr(old);
  stream.next += static_cast<uint32_t>(bytes.size() - old);
  return true;
}

void DnsStreams::TakeMessages(Stream& stream, const Visit& visit) {
  std::string_view rest = stream.bytes;
  while (rest.size() >= kLengthSize) {
    const size_t size =
        static_cast<size_t>(static_cast<uint8_t>(rest[0])) << 8 | static_cast<uint8_t>(rest[1]);
    if (rest.size() < kLengthSize + size) break;
    visit(rest.substr(kLengthSize, size));
    rest.remove_prefix(kLengthSize + size);
  }
  stream.bytes.erase(0, stream.bytes.size() - rest.size());
}

void DnsStreams::Add(uint64_t id, uint32_t sequence, std::string_view bytes, const Visit& visit) {
  if (Find(id) == streams_.end()) Begin(id, sequence);
  std::rotate(Find(id), std::next(Find(id)), streams_.end());
  Stream& stream = streams_.back();
  if (Ahead(sequence, stream.next) > 0) {
    if (stream.early.size() >= kMaxEarly || stream.early_bytes() + bytes.size() > kMaxEarlyBytes)
      GiveUp(std::prev(streams_.end()));
    else
      stream.early.push_back({sequence, std::string(bytes)});
    return;
  }
  if (!TakeSegment(stream, sequence, bytes)) return;
  for (bool more = true; more;) {
    more = false;
    for (const Segment& segment : stream.early)
      more = TakeSegment(stream, segment.sequence, segment.bytes) || more;
    std::erase_if(stream.early, [&](const Segment& segment) {
      const auto size = static_cast<uint32_t>(segment.bytes.size());
      return Ahead(segment.sequence + size, stream.next) <= 0;
    });
  }
  TakeMessages(stream, visit);
}

}  // namespace pidigree
