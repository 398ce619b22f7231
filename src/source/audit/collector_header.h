#pragma once

#include <cstddef>
#include <string_view>

namespace pidigree {

// What a collector wrote at the front of a line.
struct CollectorHeader {
  std::string_view host;  // who sent the line; empty: it does not say
  size_t size = 0;        // of the header, as far as quotes in it are its own; 0: there is none
};

// Reads "<PRI>Mmm dd hh:mm:ss HOST " (RFC 3164, the priority may lack), the same with a stamp of
// ISO 8601, "<PRI>1 STAMP HOST APP PROCID MSGID SD " (RFC 5424), and what OSSEC and Wazuh write
// into their archives, "yyyy Mmm dd hh:mm:ss (HOST) ADDRESS->FILE ".
CollectorHeader ReadCollectorHeader(std::string_view line);

}  // namespace pidigree
