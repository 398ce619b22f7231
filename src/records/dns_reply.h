#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/ip_address.h"
#include "src/base/result.h"

namespace pidigree {

// What a DNS server replied, as events tell it. Text is printable ASCII whatever the bytes were:
// in names a '.' or ';' within a label and a backslash stand behind a backslash, other bytes that
// are not printable are \DDD (RFC 1035, 5.1). The root is ".", nothing else ends in a dot.
//
// Reading another reply into the same object keeps its memory.
struct DnsReply {
  uint16_t id = 0;
  // The server had to cut it, and whoever asked is to throw it away and ask again over TCP
  // (RFC 2181, 9).
  bool truncated = false;
  bool whole = true;    // false: what follows behind the last of `results` is corrupt, or too long
  uint32_t status = 0;  // in the numbers of Windows, as Sysmon has them
  std::string name;     // that was asked for

  // Each record of the answer section, in order, ended by ';': "::ffff:192.0.2.1" (A),
  // "2001:db8::1" (AAAA), "type:  5 www.example.com" (CNAME, NS, PTR, DNAME, MX, SRV: the name
  // they hold; SOA: the first), "type:  16 text" (TXT), "type:  N" for any other.
  std::string results;

  struct Address {
    IpAddress address;
    uint32_t ttl_s = 0;
  };
  std::vector<Address> addresses;  // those in `results`
};

// Beyond so many bytes of `results` answers are left out; a reply of the usual 1232 bytes never
// comes near it.
constexpr size_t kMaxDnsResults = 16 * 1024;

// Reads one whole message of a server.
//
// Status: 9000 + RCODE (9003: there is no such name); 9501 if that is 0 and nothing was answered;
// else 0. What is wrong behind the question makes the reply not `whole`, no more.
//
// Errors: kUnsupported for a query, an operation other than QUERY, or a message without a question
// (as those of a zone transfer behind the first); kCorrupt if header or question are.
// Source: RFC 1035, 4.1; RFC 3596 (AAAA), RFC 2782 (SRV), RFC 6672 (DNAME), RFC 6891 (the upper
// bits of RCODE). Windows' numbers: DNS_ERROR_RCODE_* and DNS_INFO_NO_RECORDS of winerror.h.
Result<> ReadDnsReply(std::string_view message, DnsReply& reply);

}  // namespace pidigree
