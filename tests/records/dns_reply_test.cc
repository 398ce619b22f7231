#include "src/records/dns_reply.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {
namespace {

using namespace std::literals;

// The messages here are written byte by byte from RFC 1035, 4.1, not by an encoder. Offsets in
// pointers (c0 xx) count from the start of the header, which has 12 bytes.

// id 0x1234; a reply to a recursive query, as servers send it: QR, RD, RA.
std::string Header(std::string_view flags, uint8_t answers, uint8_t authorities = 0,
                   uint8_t additional = 0) {
  std::string header = "\x12\x34"s + std::string(flags) + "\0\1\0"s;
  header += static_cast<char>(answers);
  header += '\0';
  header += static_cast<char>(authorities);
  header += '\0';
  header += static_cast<char>(additional);
  return header;
}

constexpr std::string_view kNoError = "\x81\x80"sv;

// www.example.com A IN, at offset 12: www 12, example 16, com 24; 33 bytes with the header.
constexpr std::string_view kQuestion = "\3www\7example\3com\0\0\1\0\1"sv;

// 192.0.2.1 for the name of the question, for 300 s.
constexpr std::string_view kAddress = "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"sv;

// A record for the name of the question.
std::string Answer(std::string_view type, std::string_view data) {
  std::string record = "\xc0\x0c\0"s + std::string(type) + "\0\1\0\0\0\x3c\0"s;
  record += static_cast<char>(data.size());
  return record + std::string(data);
}

std::string Reply(std::string_view answers, uint8_t count) {
  return Header(kNoError, count) + std::string(kQuestion) + std::string(answers);
}

DnsReply MustRead(std::string_view message) {
  DnsReply reply;
  const auto read = ReadDnsReply(message, reply);
  EXPECT_TRUE(read) << read.error().message;
  return reply;
}

TEST(DnsReply, NameStatusAndAddress) {
  const DnsReply reply = MustRead(Reply(kAddress, 1));
  EXPECT_EQ(reply.id, 0x1234);
  EXPECT_EQ(reply.name, "www.example.com");
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(reply.results, "::ffff:192.0.2.1;");
  EXPECT_TRUE(reply.whole);
  EXPECT_FALSE(reply.truncated);
  ASSERT_EQ(reply.addresses.size(), 1u);
  EXPECT_EQ(reply.addresses[0].address, IpAddress::V4(192, 0, 2, 1));
  EXPECT_EQ(reply.addresses[0].ttl_s, 300u);
}

// The names of the figure in RFC 1035, 4.1.4: F.ISI.ARPA whole, FOO and a pointer to it, a pointer
// into it, and the root.
TEST(DnsReply, CompressionAsInTheStandard) {
  std::string message = Header(kNoError, 4) + "\1x\0\0\x0c\0\1"s;
  message += "\0\0\x0c\0\1\0\0\0\0\0\x0c"s;  // of the root, whose data begin at 30
  message += "\1F\3ISI\4ARPA\0"s;
  message += "\0\0\x0c\0\1\0\0\0\0\0\6"s + "\3FOO\xc0\x1e"s;
  message += "\0\0\x0c\0\1\0\0\0\0\0\2"s + "\xc0\x24"s;
  message += "\0\0\x0c\0\1\0\0\0\0\0\1"s + "\0"s;
  EXPECT_EQ(MustRead(message).results,
            "type:  12 F.ISI.ARPA;type:  12 FOO.F.ISI.ARPA;type:  12 ARPA;type:  12 .;");
}

TEST(DnsReply, Aliases) {
  // www is an alias of edge.example.com, which has two addresses.
  const DnsReply reply = MustRead(Reply(Answer("\5", "\4edge\xc0\x10"sv) +
                                            "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"s +
                                            "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2"s,
                                        3));
  EXPECT_EQ(reply.results, "type:  5 edge.example.com;::ffff:192.0.2.1;::ffff:192.0.2.2;");
  EXPECT_EQ(reply.addresses.size(), 2u);
}

// RFC 3596, 2.2: 128 bits in network byte order.
TEST(DnsReply, Ipv6Address) {
  const DnsReply reply =
      MustRead(Reply(Answer("\x1c", "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"sv), 1));
  EXPECT_EQ(reply.results, "2001:db8::1;");
  ASSERT_EQ(reply.addresses.size(), 1u);
  EXPECT_FALSE(reply.addresses[0].address.IsV4());
}

struct DataCase {
  std::string_view name, type, data, text;
};

void PrintTo(const DataCase& test, std::ostream* out) { *out << test.name; }

class DnsData : public testing::TestWithParam<DataCase> {};

TEST_P(DnsData, IsToldAs) {
  const DnsReply reply = MustRead(Reply(Answer(GetParam().type, GetParam().data), 1));
  EXPECT_EQ(reply.results, std::string(GetParam().text) + ';');
  EXPECT_TRUE(reply.whole);
}

INSTANTIATE_TEST_SUITE_P(
    Types, DnsData,
    testing::Values(
        DataCase{"NameServer", "\2", "\2ns\xc0\x10"sv, "type:  2 ns.example.com"},
        DataCase{"StartOfAuthority", "\6",
                 "\2ns\xc0\x10\5admin\xc0\x10\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"sv,
                 "type:  6 ns.example.com"},
        DataCase{"Pointer", "\x0c", "\4host\xc0\x10"sv, "type:  12 host.example.com"},
        DataCase{"MailExchange", "\x0f", "\0\x0a\4mail\xc0\x10"sv, "type:  15 mail.example.com"},
        DataCase{"Service", "\x21", "\0\1\0\2\x14\x66\3sip\xc0\x10"sv, "type:  33 sip.example.com"},
        DataCase{"WholeTree", "\x27", "\3new\0"sv, "type:  39 new"},
        DataCase{"Text", "\x10", "\x0dv=spf1 a;b -a\2ll"sv, "type:  16 v=spf1 a\\;b -all"},
        DataCase{"EmptyText", "\x10", "\0"sv, "type:  16 "},
        DataCase{"HostInformation", "\x0d", "\1a\1b"sv, "type:  13"},
        DataCase{"Root", "\2", "\0"sv, "type:  2 ."}),
    [](const auto& test) { return std::string(test.param.name); });

struct StatusCase {
  std::string_view name, flags;
  uint8_t answers;
  uint32_t status;
};

void PrintTo(const StatusCase& test, std::ostream* out) { *out << test.name; }

class DnsStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(DnsStatus, IsThatOfWindows) {
  const StatusCase& given = GetParam();
  std::string message = Header(given.flags, given.answers) + std::string(kQuestion);
  if (given.answers > 0) message += kAddress;
  EXPECT_EQ(MustRead(message).status, given.status);
}

// winerror.h: DNS_ERROR_RCODE_FORMAT_ERROR and on, DNS_INFO_NO_RECORDS. That Sysmon prints these
// numbers: https://blog.didierstevens.com/2021/07/16/sysmons-dns-querystatus-field/
INSTANTIATE_TEST_SUITE_P(Codes, DnsStatus,
                         testing::Values(StatusCase{"Answered", "\x81\x80", 1, 0},
                                         StatusCase{"NothingOfThatType", "\x81\x80", 0, 9501},
                                         StatusCase{"FormatError", "\x81\x81", 0, 9001},
                                         StatusCase{"ServerFailure", "\x81\x82", 0, 9002},
                                         StatusCase{"NoSuchName", "\x81\x83", 0, 9003},
                                         StatusCase{"NotImplemented", "\x81\x84", 0, 9004},
                                         StatusCase{"Refused", "\x81\x85", 0, 9005},
                                         StatusCase{"NoSuchNameBehindAnAlias", "\x81\x83", 1,
                                                    9003}),
                         [](const auto& test) { return std::string(test.param.name); });

// RFC 6891, 6.1.3: BADVERS is 16, of which OPT holds the 1 and the header the 0.
TEST(DnsReply, StatusContinuesInOpt) {
  const std::string message =
      Header(kNoError, 0, 0, 1) + std::string(kQuestion) + "\0\0\x29\x04\xd0\1\0\0\0\0\0"s;
  EXPECT_EQ(MustRead(message).status, 9016u);
}

TEST(DnsReply, TruncatedReplyIsMarked) {
  EXPECT_TRUE(MustRead(Header("\x83\x80", 0) + std::string(kQuestion)).truncated);
}

TEST(DnsReply, NamesArePrintable) {
  const std::string message = Header(kNoError, 0) + "\6a.b;\\c\5\x01 \x7f\xc3\xa4\3com\0\0\1\0\1"s;
  EXPECT_EQ(MustRead(message).name, "a\\.b\\;\\\\c.\\001\\032\\127\\195\\164.com");
}

TEST(DnsReply, LongestName) {
  // Three labels of 63 and one of 61 bytes, with their lengths and the root: 255 (RFC 1035, 2.3.4).
  const std::string label = '\x3f' + std::string(63, 'a');
  const std::string last = '\x3d' + std::string(61, 'a');
  const std::string rest = "\0\0\1\0\1"s;
  const std::string longest = label + label + label + last + rest;
  EXPECT_EQ(MustRead(Header(kNoError, 0) + longest).name.size(), 63u * 3 + 61 + 3);
  DnsReply reply;
  EXPECT_FALSE(ReadDnsReply(Header(kNoError, 0) + label + label + label + label + rest, reply));
}

struct BadCase {
  std::string_view name;
  std::string message;
};

void PrintTo(const BadCase& test, std::ostream* out) { *out << test.name; }

class DnsRefused : public testing::TestWithParam<BadCase> {};

TEST_P(DnsRefused, IsNoReply) {
  DnsReply reply;
  EXPECT_FALSE(ReadDnsReply(GetParam().message, reply));
}

INSTANTIATE_TEST_SUITE_P(
    Messages, DnsRefused,
    testing::Values(BadCase{"Empty", ""},
                    BadCase{"ShorterThanTheHeader", "\x12\x34\x81\x80\0\1\0\0\0\0\0"s},
                    BadCase{"Query", Header("\1\0"sv, 0) + std::string(kQuestion)},
                    BadCase{"Notification", Header("\xa0\0"sv, 0) + std::string(kQuestion)},
                    BadCase{"NoQuestion", "\x12\x34\x81\x80\0\0\0\0\0\0\0\0"s},
                    BadCase{"TwoQuestions", "\x12\x34\x81\x80\0\2\0\0\0\0\0\0"s +
                                                std::string(kQuestion) + std::string(kQuestion)},
                    BadCase{"NameWithoutEnd", Header(kNoError, 0) + "\3www"},
                    BadCase{"LabelBeyondTheEnd", Header(kNoError, 0) + "\x3fwww"},
                    BadCase{"NoType", Header(kNoError, 0) + "\3www\0\0"s},
                    BadCase{"PointerToItself", Header(kNoError, 0) + "\xc0\x0c\0\1\0\1"s},
                    BadCase{"PointerForward", Header(kNoError, 0) + "\xc0\x12\0\1\0\1\1a\0"s},
                    BadCase{"LoopOfTwo", Header(kNoError, 0) + "\1a\xc0\x0c\0\1\0\1"s},
                    BadCase{"HalfAPointer", Header(kNoError, 0) + "\xc0"},
                    BadCase{"ReservedLabel", Header(kNoError, 0) + "\x80\0\0\1\0\1"s}),
    [](const auto& test) { return std::string(test.param.name); });

struct CutCase {
  std::string_view name;
  std::string second;  // record behind a good one
};

void PrintTo(const CutCase& test, std::ostream* out) { *out << test.name; }

class DnsCut : public testing::TestWithParam<CutCase> {};

TEST_P(DnsCut, KeepsWhatIsGood) {
  const DnsReply reply = MustRead(Reply(std::string(kAddress) + GetParam().second, 2));
  EXPECT_FALSE(reply.whole);
  EXPECT_EQ(reply.results, "::ffff:192.0.2.1;");
  EXPECT_EQ(reply.addresses.size(), 1u);
  EXPECT_EQ(reply.status, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Records, DnsCut,
    testing::Values(CutCase{"Missing", ""},
                    CutCase{"CutInTheHeader", std::string(kAddress.substr(0, 8))},
                    CutCase{"CutInTheData", std::string(kAddress.substr(0, 14))},
                    CutCase{"AddressOfFiveBytes", Answer("\1", "\1\2\3\4\5")},
                    CutCase{"ShortIpv6Address", Answer("\x1c", "\1\2\3\4\5")},
                    CutCase{"AliasLoop", Answer("\5", "\xc0\x3d"sv)},
                    CutCase{"NameBeyondItsData", Answer("\5", "\4edge"sv)},
                    CutCase{"TextBeyondItsData", Answer("\x10", "\5four"sv)}),
    [](const auto& test) { return std::string(test.param.name); });

// A pointer costs two bytes and may stand for 255: what comes out is bounded by more than what came
// in.
TEST(DnsReply, ResultsAreBounded) {
  const std::string label = '\x3f' + std::string(63, '\x01');
  std::string message = Header(kNoError, 0) + label + label + label + "\0\0\1\0\1"s;
  message[6] = '\x0f';
  for (int i = 0; i < 0x0f00; ++i) message += Answer("\5", "\xc0\x0c"sv);
  const DnsReply reply = MustRead(message);
  EXPECT_LE(reply.results.size(), kMaxDnsResults);
  EXPECT_TRUE(reply.results.ends_with("\\001;"));
  EXPECT_FALSE(reply.whole);
}

TEST(DnsReply, NothingStaysOfTheOneBefore) {
  DnsReply reply;
  ASSERT_TRUE(ReadDnsReply(Reply(kAddress, 1), reply));
  ASSERT_TRUE(ReadDnsReply(Header("\x83\x83", 0) + std::string(kQuestion), reply));
  EXPECT_EQ(reply.results, "");
  EXPECT_TRUE(reply.addresses.empty());
  ASSERT_TRUE(ReadDnsReply(Reply(kAddress, 1), reply));
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(reply.name, "www.example.com");
  EXPECT_FALSE(reply.truncated);
}

}  // namespace
}  // namespace pidigree
