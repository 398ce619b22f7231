#include <algorithm>
#include <optional>

#include "src/event/network_fact.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {
namespace {

NetworkEnd ReadEnd(const uint8_t (&address)[16], uint16_t port) {
  NetworkEnd end{.address = {}, .port = port};
  std::ranges::copy(address, end.address.bytes.begin());
  return end;
}

std::optional<DnsFact::Kind> ReadKind(uint32_t flags) {
  switch (flags) {
    case 0:
      return DnsFact::Kind::kDatagram;
    case WIRE_DNS_STREAM:
      return DnsFact::Kind::kSegment;
    case WIRE_DNS_STREAM | WIRE_DNS_BEGIN:
      return DnsFact::Kind::kBegin;
    case WIRE_DNS_STREAM | WIRE_DNS_END:
      return DnsFact::Kind::kEnd;
  }
  return std::nullopt;
}

bool HasBytes(DnsFact::Kind kind) {
  return kind == DnsFact::Kind::kDatagram || kind == DnsFact::Kind::kSegment;
}

}  // namespace

bool DecodeFlow(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  const auto parsed = Parse<wire_flow>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_flow& wire = parsed->wire;
  FlowFact flow;
  if (!ReadActor(wire.actor, flow.subject)) return false;
  flow.subject.time_ns = state.Forward(wire.header.time_ns);
  flow.protocol = (wire.flags & WIRE_FLOW_UDP) != 0 ? FlowProtocol::kUdp : FlowProtocol::kTcp;
  flow.inbound = (wire.flags & WIRE_FLOW_INBOUND) != 0;
  flow.local = ReadEnd(wire.local, wire.local_port);
  flow.remote = ReadEnd(wire.remote, wire.remote_port);
  flow.previous_ns = wire.previous_ns;
  consumer.Apply(flow);
  return true;
}

bool DecodePipe(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_pipe>(record);
  if (!parsed) return false;
  const wire_pipe& wire = parsed->wire;
  const auto action = ReadAction<PipeAction::kCreated, PipeAction::kConnected, 2>(wire.action);
  PipeFact event;
  if (!action || !ReadActor(wire.actor, event.subject) ||
      !TakePath(wire.path, parsed->text, state.path, event.path) || !parsed->text.empty())
    return false;
  event.subject.time_ns = state.Forward(wire.header.time_ns);
  event.action = *action;
  state.paths_cut += event.path.cut;
  consumer.Apply(event);
  return true;
}

bool DecodeDns(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  const auto parsed = Parse<wire_dns>(record);
  if (!parsed) return false;
  const wire_dns& wire = parsed->wire;
  const auto kind = ReadKind(wire.flags);
  DnsFact dns;
  if (!kind || HasBytes(*kind) == parsed->text.empty() || !ReadActor(wire.actor, dns.subject))
    return false;
  dns.subject.time_ns = state.Forward(wire.header.time_ns);
  dns.socket = wire.socket;
  dns.kind = *kind;
  dns.sequence = wire.sequence;
  dns.bytes = parsed->text;
  consumer.Apply(dns);
  return true;
}

}  // namespace pidigree
