#include "src/records/dns_records.h"

#include <charconv>

#include "schema/events.h"

namespace pidigree {

void DnsRecords::Write(const DnsFact& dns, const Actor& actor) {
  const uint64_t now_ns = dns.subject.time_ns;
  switch (dns.kind) {
    case DnsFact::Kind::kDatagram:
      WriteReply(dns.bytes, actor, now_ns);
      break;
    case DnsFact::Kind::kBegin:
      streams_.Begin(dns.socket, dns.sequence);
      break;
    case DnsFact::Kind::kSegment:
      streams_.Add(dns.socket, dns.sequence, dns.bytes,
                   [&](std::string_view message) { WriteReply(message, actor, now_ns); });
      break;
    case DnsFact::Kind::kEnd:
      streams_.End(dns.socket);
      break;
  }
}

void DnsRecords::WriteReply(std::string_view message, const Actor& actor, uint64_t now_ns) {
  if (const auto read = ReadDnsReply(message, reply_); !read) {
    corrupt_ += read.error().code == ErrorCode::kCorrupt;
    return;
  }
  if (reply_.truncated) return;
  cut_ += !reply_.whole;
  for (const DnsReply::Address& answer : reply_.addresses)
    names_.Learn(answer.address, reply_.name, answer.ttl_s, now_ns);

  constexpr const EventType& type = kDnsQuery;
  records_.Tell<type>(ACTION_DNS_REPLIED, actor, [&](Record& record, RecordBatch& batch) {
    char status[16];
    const char* const end = std::to_chars(status, status + sizeof status, reply_.status).ptr;
    record.values[type["QueryName"]] = batch.Copy(reply_.name);
    record.values[type["QueryStatus"]] = batch.Copy({status, end});
    if (!reply_.results.empty()) record.values[type["QueryResults"]] = batch.Copy(reply_.results);
  });
}

}  // namespace pidigree
