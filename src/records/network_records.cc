#include "src/records/network_records.h"

#include <string_view>

#include "schema/events.h"
#include "src/enrich/printable_bytes.h"

namespace pidigree {
namespace {

constexpr uint16_t kDnsPort = 53;

Value TextOrNone(std::string_view text, RecordBatch& batch) {
  if (text.empty()) return std::monostate();
  return batch.Copy(text);
}

std::string_view AddressText(const IpAddress& address, RecordBatch& batch) {
  char text[kIpAddressTextSize];
  return batch.Copy({text, FormatIpAddress(address, text)});
}

}  // namespace

Value NetworkRecords::SeenName(const IpAddress& address, uint64_t now_ns) {
  return TextOrNone(names_.Find(address, now_ns), records_.batch());
}

// Whoever owns an address may say what he likes.
Value NetworkRecords::LookedUpName(const IpAddress& address) {
  host_.clear();
  AppendPrintable(lookup_.Find(address).text, '!', "", host_);
  return TextOrNone(host_, records_.batch());
}

void NetworkRecords::LookUpHosts(const NetworkEnd& source, const NetworkEnd& destination,
                                 Record& record) {
  constexpr const EventType& type = kNetworkConnect;
  // Not of servers that are asked for names: our questions, and those of a resolver on this host
  // for their sake, would raise others.
  if (source.port == kDnsPort || destination.port == kDnsPort) return;
  const auto look_up = [&](Value& name, const IpAddress& address) {
    if (std::holds_alternative<std::monostate>(name)) name = LookedUpName(address);
  };
  look_up(record.values[type["DestinationHostname"]], destination.address);
  look_up(record.values[type["SourceHostname"]], source.address);
}

void NetworkRecords::Write(const FlowFact& flow, const Actor& actor) {
  constexpr const EventType& type = kNetworkConnect;
  if (!records_.Wants(type)) return;
  const bool udp = flow.protocol == FlowProtocol::kUdp;
  const uint64_t now_ns = flow.subject.time_ns;
  if (udp && !flows_.IsNew(flow.subject.process, flow.local, flow.remote, now_ns, flow.previous_ns))
    return;
  if (std::exchange(services_old_, false)) services_.Refresh();
  const NetworkEnd& source = flow.inbound ? flow.remote : flow.local;
  const NetworkEnd& destination = flow.inbound ? flow.local : flow.remote;
  const auto protocol = udp ? ServiceNames::Protocol::kUdp : ServiceNames::Protocol::kTcp;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    RecordValues& values = record.values;
    values[type["Protocol"]] = udp ? std::string_view("udp") : std::string_view("tcp");
    values[type["Initiated"]] = !flow.inbound;
    values[type["SourceIsIpv6"]] = !source.address.IsV4();
    values[type["SourceIp"]] = AddressText(source.address, batch);
    values[type["SourceHostname"]] = SeenName(source.address, now_ns);
    values[type["SourcePort"]] = uint64_t{source.port};
    values[type["SourcePortName"]] = TextOrNone(services_.Find(protocol, source.port), batch);
    values[type["DestinationIsIpv6"]] = !destination.address.IsV4();
    values[type["DestinationIp"]] = AddressText(destination.address, batch);
    values[type["DestinationHostname"]] = SeenName(destination.address, now_ns);
    values[type["DestinationPort"]] = uint64_t{destination.port};
    values[type["DestinationPortName"]] =
        TextOrNone(services_.Find(protocol, destination.port), batch);
    if (lookups_ == HostLookups::kOfAll) LookUpHosts(source, destination, record);
  };
  const auto fill_kept = [&](Record& record) {
    if (lookups_ == HostLookups::kOfWritten) LookUpHosts(source, destination, record);
  };
  records_.Tell<type>(
      {ACTION_CONNECTION_OPENED, ACTION_CONNECTION_ACCEPTED, ACTION_DATAGRAM_EXCHANGED}, actor,
      fill, fill_kept);
}

}  // namespace pidigree
