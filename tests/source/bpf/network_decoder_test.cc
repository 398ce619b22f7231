#include "src/source/bpf/wire_parts.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "src/event/network_fact.h"
#include "src/source/bpf/wire_decoder.h"

namespace pidigree {
namespace {

using namespace std::literals;

struct NetworkFacts : FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact&) override {}
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact&) override {}
  void Apply(const FlowFact& fact) override { flow = fact; }
  void Apply(const PipeFact& fact) override {
    pipe = fact;
    text = fact.path.text;
  }
  void Apply(const DnsFact& fact) override {
    dns = fact;
    text = fact.bytes;
  }

  std::optional<FlowFact> flow;
  std::optional<PipeFact> pipe;
  std::optional<DnsFact> dns;
  std::string text;
};

template <typename Wire>
std::string Record(Wire wire, uint32_t kind, std::string_view text = {}) {
  wire.header = {kind, static_cast<uint32_t>(sizeof(Wire) + text.size()), 1000};
  wire.actor = {{77, 42}, 1000, 5, 8};
  std::string record(sizeof(Wire), '\0');
  std::memcpy(record.data(), &wire, sizeof(Wire));
  return record.append(text);
}

bool Decode(const std::string& record, NetworkFacts& facts) {
  WireDecoder decoder;
  return decoder.Decode(std::as_bytes(std::span(record)), facts);
}

void ExpectActor(const Subject& actor) {
  EXPECT_EQ(actor.time_ns, 1000u);
  EXPECT_EQ(actor.process, (ProcessKey{42, 77}));
  EXPECT_EQ(actor.ids.uid, 1000u);
  EXPECT_EQ(actor.mount_namespace, 5u);
}

TEST(NetworkDecoder, Flow) {
  wire_flow wire{};
  wire.previous_ns = 900;
  wire.local[15] = 1;
  wire.remote[0] = 0x20;
  wire.local_port = 40000;
  wire.remote_port = 53;
  wire.flags = WIRE_FLOW_UDP | WIRE_FLOW_INBOUND;
  NetworkFacts facts;
  ASSERT_TRUE(Decode(Record(wire, WIRE_FLOW), facts));
  ASSERT_TRUE(facts.flow);
  ExpectActor(facts.flow->subject);
  EXPECT_EQ(facts.flow->protocol, FlowProtocol::kUdp);
  EXPECT_TRUE(facts.flow->inbound);
  EXPECT_EQ(facts.flow->previous_ns, 900u);
  EXPECT_EQ(facts.flow->local.address.bytes[15], 1);
  EXPECT_EQ(facts.flow->local.port, 40000);
  EXPECT_EQ(facts.flow->remote.address.bytes[0], 0x20);
  EXPECT_EQ(facts.flow->remote.port, 53);
}

TEST(NetworkDecoder, Pipe) {
  wire_pipe wire{};
  wire.action = ACTION_PIPE_CONNECTED;
  wire.path = {11, WIRE_PATH_PRESENT};
  NetworkFacts facts;
  ASSERT_TRUE(Decode(Record(wire, WIRE_PIPE, "socket\0run\0"sv), facts));
  ASSERT_TRUE(facts.pipe);
  ExpectActor(facts.pipe->subject);
  EXPECT_EQ(facts.pipe->action, PipeAction::kConnected);
  EXPECT_EQ(facts.text, "/run/socket");
}

TEST(NetworkDecoder, Dns) {
  wire_dns wire{};
  wire.socket = 9;
  wire.sequence = 1234;
  wire.flags = WIRE_DNS_STREAM;
  NetworkFacts facts;
  ASSERT_TRUE(Decode(Record(wire, WIRE_DNS, "bytes"), facts));
  ASSERT_TRUE(facts.dns);
  ExpectActor(facts.dns->subject);
  EXPECT_EQ(facts.dns->kind, DnsFact::Kind::kSegment);
  EXPECT_EQ(facts.dns->socket, 9u);
  EXPECT_EQ(facts.dns->sequence, 1234u);
  EXPECT_EQ(facts.text, "bytes");
}

struct BadCase {
  std::string name;
  std::string record;
};

void PrintTo(const BadCase& test, std::ostream* out) { *out << test.name; }

std::vector<BadCase> BadCases() {
  const auto dns = [](uint32_t flags, std::string_view text) {
    wire_dns wire{};
    wire.flags = flags;
    return Record(wire, WIRE_DNS, text);
  };
  wire_pipe unknown_action{};
  unknown_action.action = 9;
  wire_pipe long_path{};
  long_path.action = ACTION_PIPE_CREATED;
  long_path.path = {9, WIRE_PATH_PRESENT};
  return {
      {"TextBehindAFlow", Record(wire_flow{}, WIRE_FLOW, "x")},
      {"ShortFlow", Record(wire_dns{}, WIRE_FLOW)},
      {"PipeWithUnknownAction", Record(unknown_action, WIRE_PIPE)},
      {"PathBeyondTheEnd", Record(long_path, WIRE_PIPE, "a\0"sv)},
      {"DatagramWithoutBytes", dns(0, "")},
      {"SegmentWithoutBytes", dns(WIRE_DNS_STREAM, "")},
      {"BeginWithBytes", dns(WIRE_DNS_STREAM | WIRE_DNS_BEGIN, "x")},
      {"EndWithBytes", dns(WIRE_DNS_STREAM | WIRE_DNS_END, "x")},
      {"UnknownFlags", dns(WIRE_DNS_BEGIN, "x")},
  };
}

class BadNetworkRecord : public testing::TestWithParam<BadCase> {};
INSTANTIATE_TEST_SUITE_P(Wire, BadNetworkRecord, testing::ValuesIn(BadCases()),
                         [](const auto& bad) { return bad.param.name; });

TEST_P(BadNetworkRecord, IsRefused) {
  NetworkFacts facts;
  EXPECT_FALSE(Decode(GetParam().record, facts));
  EXPECT_FALSE(facts.flow || facts.pipe || facts.dns);
}

}  // namespace
}  // namespace pidigree
