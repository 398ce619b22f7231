#include "src/records/dns_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kSocket = 7;
constexpr uint32_t kFirst = 1000;

class DnsStreamsTest : public testing::Test {
 protected:
  void Add(uint32_t sequence, const std::string& bytes, uint64_t socket = kSocket) {
    streams_.Add(socket, sequence, bytes,
                 [this](std::string_view message) { messages_.emplace_back(message); });
  }

  // As RFC 1035, 4.2.2 frames it.
  static std::string Framed(const std::string& message) {
    std::string framed;
    framed += static_cast<char>(message.size() >> 8);
    framed += static_cast<char>(message.size() & 0xff);
    return framed + message;
  }

  DnsStreams streams_;
  std::vector<std::string> messages_;
};

TEST_F(DnsStreamsTest, OneMessage) {
  streams_.Begin(kSocket, kFirst);
  Add(kFirst, Framed("reply"));
  EXPECT_THAT(messages_, ElementsAre("reply"));
  EXPECT_EQ(streams_.broken(), 0u);
}

TEST_F(DnsStreamsTest, CutAnywhere) {
  const std::string text = Framed("first") + Framed("") + Framed("second");
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    messages_.clear();
    streams_.End(kSocket);
    streams_.Begin(kSocket, kFirst);
    Add(kFirst, text.substr(0, cut));
    Add(kFirst + static_cast<uint32_t>(cut), text.substr(cut));
    EXPECT_THAT(messages_, ElementsAre("first", "", "second")) << cut;
  }
}

TEST_F(DnsStreamsTest, ByteByByteAcrossTheWrapOfNumbers) {
  const std::string text = Framed("first") + Framed("second");
  const uint32_t first = 0xfffffffa;
  streams_.Begin(kSocket, first);
  for (uint32_t i = 0; i < text.size(); ++i) Add(first + i, text.substr(i, 1));
  EXPECT_THAT(messages_, ElementsAre("first", "second"));
}

TEST_F(DnsStreamsTest, SentTwice) {
  const std::string text = Framed("first") + Framed("second");
  streams_.Begin(kSocket, kFirst);
  Add(kFirst, text.substr(0, 4));
  Add(kFirst, text.substr(0, 4));
  Add(kFirst + 2, text.substr(2));
  Add(kFirst, text);
  EXPECT_THAT(messages_, ElementsAre("first", "second"));
}

TEST_F(DnsStreamsTest, OutOfOrder) {
  const std::string text = Framed("first") + Framed("second");
  streams_.Begin(kSocket, kFirst);
  Add(kFirst + 9, text.substr(9));
  Add(kFirst + 3, text.substr(3, 8));
  EXPECT_THAT(messages_, IsEmpty());
  Add(kFirst, text.substr(0, 3));
  EXPECT_THAT(messages_, ElementsAre("first", "second"));
  streams_.End(kSocket);
  EXPECT_EQ(streams_.broken(), 0u);
}

TEST_F(DnsStreamsTest, LongestMessage) {
  const std::string longest(65535, 'x');
  const std::string text = Framed(longest);
  streams_.Begin(kSocket, kFirst);
  for (uint32_t at = 0; at < text.size(); at += 1448) Add(kFirst + at, text.substr(at, 1448));
  EXPECT_THAT(messages_, ElementsAre(longest));
}

TEST_F(DnsStreamsTest, StreamThatNobodyBegan) {
  Add(kFirst, Framed("reply"));
  EXPECT_THAT(messages_, ElementsAre("reply"));
}

TEST_F(DnsStreamsTest, BegunTwiceIsBegunOnce) {
  streams_.Begin(kSocket, kFirst);
  Add(kFirst, Framed("first"));
  streams_.Begin(kSocket, kFirst);
  Add(kFirst + 7, Framed("second"));
  EXPECT_THAT(messages_, ElementsAre("first", "second"));
}

TEST_F(DnsStreamsTest, StreamsAreApart) {
  Add(kFirst, Framed("first").substr(0, 3), 1);
  Add(kFirst, Framed("second").substr(0, 3), 2);
  Add(kFirst + 3, Framed("first").substr(3), 1);
  Add(kFirst + 3, Framed("second").substr(3), 2);
  EXPECT_THAT(messages_, ElementsAre("first", "second"));
}

TEST_F(DnsStreamsTest, EndWithinAMessageIsCounted) {
  Add(kFirst, Framed("reply").substr(0, 4));
  streams_.End(kSocket);
  streams_.End(kSocket);
  EXPECT_EQ(streams_.broken(), 1u);
}

TEST_F(DnsStreamsTest, MemoryOfAStreamIsBounded) {
  streams_.Begin(kSocket, kFirst);
  for (uint32_t i = 0; i < 100; ++i) Add(kFirst + 1 + i, "x");
  EXPECT_EQ(streams_.broken(), 1u);
  streams_.Begin(8, kFirst);
  Add(kFirst + 100'000, std::string(65'537, 'x'), 8);
  Add(kFirst, Framed("of a stream that was given up"), 8);
  EXPECT_THAT(messages_, SizeIs(1));
}

TEST_F(DnsStreamsTest, NumberOfStreamsIsBounded) {
  Add(kFirst, Framed("the first").substr(0, 5), 1);
  Add(kFirst, Framed("the second").substr(0, 5), 2);
  for (uint64_t socket = 3; socket <= 64; ++socket) Add(kFirst, "x", socket);
  Add(kFirst + 5, Framed("the first").substr(5), 1);  // used again: the second is the oldest now
  Add(kFirst, "x", 65);
  EXPECT_EQ(streams_.broken(), 1u);
  EXPECT_THAT(messages_, ElementsAre("the first"));
}

}  // namespace
}  // namespace pidigree
