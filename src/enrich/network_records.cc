#include "src/enrich/network_records.h"

#include <string_view>

#include "schema/events.h"

namespace pidigree {
namespace {

Value TextOrNone(std::string_view text, RecordBatch& batch) {
  if (text.empty()) return std::monostate();
  return batch.Copy(text);
}

std::string_view AddressText(const IpAddress& address, RecordBatch& batch) {
  char text[kIpAddressTextSize];
  return batch.Copy({text, FormatIpAddress(address, text)});
}

}  // namespace

void NetworkRecords::Write(const KernelFlow& flow, const LiveActor& actor) {
  constexpr const EventType& type = kNetworkConnect;
  if (!records_.Wants(type)) return;
  const bool udp = flow.protocol == KernelProtocol::kUdp;
  const uint64_t now_ns = flow.actor.time_ns;
  if (udp && !flows_.IsNew(flow.actor.process, flow.local, flow.remote, now_ns, flow.previous_ns))
    return;
  if (std::exchange(services_old_, false)) services_.Refresh();
  const NetworkEnd& source = flow.inbound ? flow.remote : flow.local;
  const NetworkEnd& destination = flow.inbound ? flow.local : flow.remote;
  const auto protocol = udp ? ServiceNames::Protocol::kUdp : ServiceNames::Protocol::kTcp;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, actor, records_.computer());
  const std::span<Value> values = record.values;
  values[type["Protocol"]] = udp ? std::string_view("udp") : std::string_view("tcp");
  values[type["Initiated"]] = !flow.inbound;
  values[type["SourceIsIpv6"]] = !source.address.IsV4();
  values[type["SourceIp"]] = AddressText(source.address, batch);
  values[type["SourceHostname"]] = TextOrNone(names_.Find(source.address, now_ns), batch);
  values[type["SourcePort"]] = uint64_t{source.port};
  values[type["SourcePortName"]] = TextOrNone(services_.Find(protocol, source.port), batch);
  values[type["DestinationIsIpv6"]] = !destination.address.IsV4();
  values[type["DestinationIp"]] = AddressText(destination.address, batch);
  values[type["DestinationHostname"]] = TextOrNone(names_.Find(destination.address, now_ns), batch);
  values[type["DestinationPort"]] = uint64_t{destination.port};
  values[type["DestinationPortName"]] =
      TextOrNone(services_.Find(protocol, destination.port), batch);
  records_.Tell(record, start, {actor});
}

}  // namespace pidigree
