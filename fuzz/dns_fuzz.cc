// What a DNS server sends is bytes from a stranger. Over UDP: a message is read without looking
// outside of it, and what comes out is printable and bounded. Over TCP: the same messages come out
// however the stream was cut.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "src/records/dns_reply.h"
#include "src/records/dns_streams.h"

namespace pidigree {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

void CheckReply(std::string_view message) {
  DnsReply reply;
  if (!ReadDnsReply(message, reply)) return;
  Check(!reply.name.empty() && IsPrintable(reply.name));
  Check(reply.name.size() <= 4 * 255);  // a byte is \DDD at most
  Check(IsPrintable(reply.results) && reply.results.size() <= kMaxDnsResults);
  Check(reply.results.empty() || reply.results.ends_with(';'));
  Check(reply.status == 0 || (reply.status >= 9000 && reply.status < 9000 + 4096));
}

// A second plain implementation, of a stream that came in order.
std::vector<std::string> Messages(std::string_view stream) {
  std::vector<std::string> messages;
  while (stream.size() >= 2) {
    const size_t size =
        size_t{static_cast<uint8_t>(stream[0])} * 256 + static_cast<uint8_t>(stream[1]);
    if (stream.size() < 2 + size) break;
    messages.emplace_back(stream.substr(2, size));
    stream = stream.substr(2 + size);
  }
  return messages;
}

void CheckStream(FuzzedDataProvider& input) {
  constexpr uint64_t kSocket = 1;
  constexpr size_t kMaxSegments = 50;  // fewer than may wait for a missing one
  const auto first = input.ConsumeIntegral<uint32_t>();
  struct Segment {
    uint32_t at;
    std::string bytes;
  };
  std::vector<Segment> segments;
  const auto cuts = input.ConsumeIntegralInRange<size_t>(1, kMaxSegments);
  std::vector<uint8_t> order = input.ConsumeBytes<uint8_t>(cuts);
  std::string stream;
  for (size_t i = 0; i < cuts; ++i) {
    const std::string part = input.ConsumeRandomLengthString(64);
    segments.push_back({first + static_cast<uint32_t>(stream.size()), part});
    stream += part;
  }
  std::vector<std::string> messages;
  const auto keep = [&](std::string_view message) { messages.emplace_back(message); };
  DnsStreams streams;
  streams.Begin(kSocket, first);
  // Each byte sends a segment ahead of its turn, then all come in order.
  for (const uint8_t index : order) {
    const Segment& segment = segments[index % segments.size()];
    streams.Add(kSocket, segment.at, segment.bytes, keep);
  }
  for (const Segment& segment : segments) streams.Add(kSocket, segment.at, segment.bytes, keep);
  Check(messages == Messages(stream));
}

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool()) {
    CheckStream(input);
    return 0;
  }
  // Exactly as long as the message, so that AddressSanitizer sees a read past its end.
  const std::vector<char> message = input.ConsumeRemainingBytes<char>();
  const auto bytes = std::make_unique<char[]>(message.size());
  std::ranges::copy(message, bytes.get());
  CheckReply({bytes.get(), message.size()});
  return 0;
}
