// What is written of flows, replies of DNS servers and named sockets: by the lineage as a whole,
// with every field as Sysmon has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/event/network_fact.h"
#include "tests/support/action_facts.h"
#include "tests/support/live_host.h"
#include "tests/support/slow_name_service.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kMinute = uint64_t{60} * 1'000'000'000;
constexpr IpAddress kHere = IpAddress::V4(192, 168, 2, 5);
constexpr IpAddress kThere = IpAddress::V4(192, 0, 2, 1);
constexpr IpAddress kThereToo{
    {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x0a, 0x00, 0x27, 0xff, 0xfe, 0xe3, 0x81, 0x6e}};

class NetworkRecordsTest : public testing::Test {
 protected:
  NetworkRecordsTest() {
    resolver_.clock = &host_.clock;
    host_.directory.Write("services", "https 443/tcp\ndomain 53/udp\n");
    host_.NextBatch();
    host_.Snapshot({{.process = {1, 10'000'000}, .image = "/sbin/init", .arguments = "init\0"s},
                    {.process = {50, 5'000'000'000},
                     .parent = {1, 10'000'000},
                     .image = "/usr/bin/curl",
                     .arguments = "curl\0"s}});
  }

  Subject Actor(uint32_t uid = 0) {
    return {.time_ns = host_.clock.boot_ns, .process = {50, 5'000'000'000}, .ids = {.uid = uid}};
  }
  FlowFact Tcp(bool inbound = false) {
    return {.subject = Actor(),
            .protocol = FlowProtocol::kTcp,
            .inbound = inbound,
            .local = {kHere, 51492},
            .remote = {kThere, 443}};
  }
  FlowFact Udp() {
    return {.subject = Actor(),
            .protocol = FlowProtocol::kUdp,
            .local = {kHere, 40295},
            .remote = {kThere, 53}};
  }

  SlowNameService<IpAddress> resolver_;
  LiveHost host_{nullptr, size_t{8} << 20, {}, &resolver_};
};

using Fields = std::map<std::string, std::string, std::less<>>;

// Compare tests of genuine lines: order, spelling and forms of values.
TEST_F(NetworkRecordsTest, EveryFieldOfAConnection) {
  const auto told = host_.Told(Tcp());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].id, 3);
  EXPECT_EQ(told[0].fields, (Fields{{"RuleName", "-"},
                                    {"UtcTime", "2026-11-23 16:59:04.000"},
                                    {"ProcessGuid", GuidText({50, 5'000'000'000})},
                                    {"ProcessId", "50"},
                                    {"Image", "/usr/bin/curl"},
                                    {"User", "root"},
                                    {"Protocol", "tcp"},
                                    {"Initiated", "true"},
                                    {"SourceIsIpv6", "false"},
                                    {"SourceIp", "192.168.2.5"},
                                    {"SourceHostname", "-"},
                                    {"SourcePort", "51492"},
                                    {"SourcePortName", "-"},
                                    {"DestinationIsIpv6", "false"},
                                    {"DestinationIp", "192.0.2.1"},
                                    {"DestinationHostname", "-"},
                                    {"DestinationPort", "443"},
                                    {"DestinationPortName", "https"}}));
}

TEST_F(NetworkRecordsTest, SourceIsWhoBegan) {
  FlowFact flow = Tcp(true);
  flow.remote.address = kThereToo;
  const auto told = host_.Told(flow);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0]["Initiated"], "false");
  EXPECT_EQ(told[0]["SourceIsIpv6"], "true");
  EXPECT_EQ(told[0]["SourceIp"], "fe80:0:0:0:a00:27ff:fee3:816e");
  EXPECT_EQ(told[0]["SourcePort"], "443");
  EXPECT_EQ(told[0]["SourcePortName"], "https");
  EXPECT_EQ(told[0]["DestinationIp"], "192.168.2.5");
  EXPECT_EQ(told[0]["DestinationPort"], "51492");
}

TEST_F(NetworkRecordsTest, UserIsTheOneOfThatMoment) {
  FlowFact flow = Tcp();
  flow.subject.ids.uid = 1000;
  EXPECT_EQ(host_.Told(flow).at(0)["User"], "alice");
}

TEST_F(NetworkRecordsTest, ConnectionsAreToldEachTime) {
  EXPECT_THAT(host_.Told(Tcp()), SizeIs(1));
  EXPECT_THAT(host_.Told(Tcp()), SizeIs(1));
}

TEST_F(NetworkRecordsTest, DatagramsAgainAfterThirtyIdleMinutes) {
  const auto told = host_.Told(Udp());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0]["Protocol"], "udp");
  EXPECT_EQ(told[0]["DestinationPortName"], "domain");
  EXPECT_THAT(host_.Told(Udp()), IsEmpty());
  host_.clock.boot_ns += 29 * kMinute;
  EXPECT_THAT(host_.Told(Udp()), IsEmpty());
  host_.clock.boot_ns += 30 * kMinute;
  EXPECT_THAT(host_.Told(Udp()), SizeIs(1));
}

TEST_F(NetworkRecordsTest, EveryFieldOfAReply) {
  const auto told = host_.Told(DnsFact{.subject = Actor(), .socket = 7, .bytes = kDnsReply});
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].id, 22);
  EXPECT_EQ(told[0].fields, (Fields{{"RuleName", "-"},
                                    {"UtcTime", "2026-11-23 16:59:04.000"},
                                    {"ProcessGuid", GuidText({50, 5'000'000'000})},
                                    {"ProcessId", "50"},
                                    {"QueryName", "www.example.com"},
                                    {"QueryStatus", "0"},
                                    {"QueryResults", "::ffff:192.0.2.1;"},
                                    {"Image", "/usr/bin/curl"},
                                    {"User", "root"}}));
}

TEST_F(NetworkRecordsTest, ReplyWithoutAnswers) {
  std::string reply(kDnsReply.substr(0, 33));
  reply[3] = '\x83';  // there is no such name
  reply[7] = 0;
  const auto told = host_.Told(DnsFact{.subject = Actor(), .bytes = reply});
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0]["QueryStatus"], "9003");
  EXPECT_EQ(told[0]["QueryResults"], "-");
}

TEST_F(NetworkRecordsTest, HostNamesComeFromReplies) {
  host_.Told(DnsFact{.subject = Actor(), .bytes = kDnsReply});
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "www.example.com");
  EXPECT_EQ(host_.Told(Tcp(true)).at(0)["SourceHostname"], "www.example.com");
  host_.clock.boot_ns += 11 * kMinute;
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "-");
}

TEST_F(NetworkRecordsTest, NobodyIsAskedUnlessTheConfigurationSaysSo) {
  resolver_.names[kThere] = "there.example.net";
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "-");
  EXPECT_THAT(resolver_.asked, IsEmpty());
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "there.example.net");
  EXPECT_EQ(host_.Told(Tcp()).at(0)["SourceHostname"], "-");
  EXPECT_EQ(host_.Told(Tcp(true)).at(0)["SourceHostname"], "there.example.net");
  EXPECT_THAT(resolver_.asked, ElementsAre(kThere, kHere));
  host_.policy.host_lookups = HostLookups::kNone;
  host_.ApplyPolicy();
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "-");
}

TEST_F(NetworkRecordsTest, NamesInRepliesComeFirst) {
  resolver_.names[kThere] = "there.example.net";
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  host_.Told(DnsFact{.subject = Actor(), .bytes = kDnsReply});
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "www.example.com");
  EXPECT_THAT(resolver_.asked, ElementsAre(kHere));
}

TEST_F(NetworkRecordsTest, AsksBeforeRulesThatNameHosts) {
  resolver_.names[kThere] = "there.example.net";
  host_.SetFilter([](const TextRecord& record) {
    return record.id == 1 || record["DestinationHostname"] == "there.example.net";
  });
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  EXPECT_THAT(host_.Told(Tcp()), IsEmpty());
  EXPECT_THAT(resolver_.asked, IsEmpty());
  host_.policy.host_lookups = HostLookups::kOfAll;
  host_.ApplyPolicy();
  EXPECT_THAT(host_.Told(Tcp()), SizeIs(1));
}

// Whoever owns an address may say what he likes.
TEST_F(NetworkRecordsTest, NamesThatWereAskedForArePrintable) {
  resolver_.names[kThere] = "a b\n\x1b[31m\xc3\xa9\\046.example.net";
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"],
            "a\\032b\\010\\027[31m\\195\\169\\046.example.net");
}

// The agent asks a server, which is an exchange of datagrams of its own.
TEST_F(NetworkRecordsTest, QuestionsRaiseNoOthers) {
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  EXPECT_THAT(host_.Told(Udp()), SizeIs(1));
  FlowFact over_tcp = Tcp();
  over_tcp.remote.port = 53;
  EXPECT_THAT(host_.Told(over_tcp), SizeIs(1));
  EXPECT_THAT(resolver_.asked, IsEmpty());
}

TEST_F(NetworkRecordsTest, HostsThatAreNotNamedInTimeAreCounted) {
  resolver_.takes_ns = SlowNameService<IpAddress>::kNever;
  host_.policy.host_lookups = HostLookups::kOfWritten;
  host_.ApplyPolicy();
  EXPECT_EQ(host_.Told(Tcp()).at(0)["DestinationHostname"], "-");
  EXPECT_EQ(resolver_.waited_ns, 100'000'000u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kLateHostNames], 2u);
}

TEST_F(NetworkRecordsTest, ReplyOverTcpInPieces) {
  using enum DnsFact::Kind;
  const std::string stream = "\0\x31"s + std::string(kDnsReply);
  ASSERT_EQ(kDnsReply.size(), 0x31u);
  const std::string_view bytes = stream;
  EXPECT_THAT(host_.Told(DnsFact{.subject = Actor(), .kind = kBegin, .sequence = 100, .bytes = {}}),
              IsEmpty());
  EXPECT_THAT(
      host_.Told(DnsFact{
          .subject = Actor(), .kind = kSegment, .sequence = 100, .bytes = bytes.substr(0, 9)}),
      IsEmpty());
  EXPECT_THAT(host_.Told(DnsFact{
                  .subject = Actor(), .kind = kSegment, .sequence = 109, .bytes = bytes.substr(9)}),
              SizeIs(1));
  EXPECT_THAT(host_.Told(DnsFact{.subject = Actor(), .kind = kEnd, .bytes = {}}), IsEmpty());
  EXPECT_EQ(host_.live->engine.counters()[Counter::kRepliesUnread], 0u);
}

// Whoever asked throws it away and asks again over TCP.
TEST_F(NetworkRecordsTest, TruncatedReplyIsNotTold) {
  std::string reply(kDnsReply);
  reply[2] = '\x83';
  EXPECT_THAT(host_.Told(DnsFact{.subject = Actor(), .bytes = reply}), IsEmpty());
}

TEST_F(NetworkRecordsTest, RepliesThatCannotBeReadAreCounted) {
  EXPECT_THAT(host_.Told(DnsFact{.subject = Actor(), .bytes = kDnsReply.substr(0, 20)}), IsEmpty());
  EXPECT_EQ(host_.live->engine.counters()[Counter::kRepliesUnread], 1u);
  const auto told = host_.Told(DnsFact{.subject = Actor(), .bytes = kDnsReply.substr(0, 40)});
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0]["QueryName"], "www.example.com");
  EXPECT_EQ(host_.live->engine.counters()[Counter::kRepliesCut], 1u);
}

TEST_F(NetworkRecordsTest, EveryFieldOfANamedSocket) {
  const auto created = host_.Told(
      PipeFact{.subject = Actor(), .action = PipeAction::kCreated, .path = {.text = "/run/a\xff"}});
  ASSERT_THAT(created, SizeIs(1));
  EXPECT_EQ(created[0].id, 17);
  EXPECT_EQ(created[0].fields, (Fields{{"RuleName", "-"},
                                       {"EventType", "CreatePipe"},
                                       {"UtcTime", "2026-11-23 16:59:04.000"},
                                       {"ProcessGuid", GuidText({50, 5'000'000'000})},
                                       {"ProcessId", "50"},
                                       {"PipeName", "/run/a\xef\xbf\xbd"},
                                       {"Image", "/usr/bin/curl"},
                                       {"User", "root"}}));
  const auto connected = host_.Told(
      PipeFact{.subject = Actor(), .action = PipeAction::kConnected, .path = {.text = "/run/a"}});
  ASSERT_THAT(connected, SizeIs(1));
  EXPECT_EQ(connected[0].id, 18);
  EXPECT_EQ(connected[0]["EventType"], "ConnectPipe");
}

TEST_F(NetworkRecordsTest, ProcessIsAnnouncedBefore) {
  host_.Apply(Tcp());
  std::vector<std::string> told;
  for (const TextRecord& record : host_.TakeRecords())
    told.push_back(std::to_string(record.id) + " " + record["ProcessId"]);
  EXPECT_THAT(told, ElementsAre("1 1", "1 50", "3 50"));
}

TEST_F(NetworkRecordsTest, NothingThatTheFilterDrops) {
  host_.SetFilter([](const TextRecord& record) { return record.id == 1; });
  host_.Apply(Tcp());
  host_.Apply(DnsFact{.subject = Actor(), .bytes = kDnsReply});
  EXPECT_THAT(host_.TakeRecords(), IsEmpty());
}

}  // namespace
}  // namespace pidigree
