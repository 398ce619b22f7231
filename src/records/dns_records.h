#pragma once

#include <cstdint>
#include <string_view>

#include "src/enrich/seen_host_names.h"
#include "src/event/network_fact.h"
#include "src/lineage/actor.h"
#include "src/records/dns_reply.h"
#include "src/records/dns_streams.h"
#include "src/records/record_writer.h"

namespace pidigree {

// Writes what DNS servers reply, and learns the names of addresses from it.
class DnsRecords {
 public:
  DnsRecords(RecordWriter& records, SeenHostNames& names) : records_(records), names_(names) {}

  void Write(const DnsFact& dns, const Actor& actor);

  // Messages that could not be read, and streams that could not be followed.
  uint64_t unread() const { return corrupt_ + streams_.broken(); }
  // Messages that were not told to their end.
  uint64_t cut() const { return cut_; }

 private:
  void WriteReply(std::string_view message, const Actor& actor, uint64_t now_ns);

  RecordWriter& records_;
  SeenHostNames& names_;
  DnsStreams streams_;
  DnsReply reply_;  // scratch
  uint64_t corrupt_ = 0;
  uint64_t cut_ = 0;
};

}  // namespace pidigree
