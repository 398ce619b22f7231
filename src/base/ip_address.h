#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace pidigree {

// An address of either family, in network byte order; IPv4 as RFC 4291, 2.5.5.2 maps it:
// ::ffff:a.b.c.d.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  static constexpr IpAddress V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
  }

  bool IsV4() const;

  constexpr auto operator<=>(const IpAddress&) const = default;
};

// Enough for every text below.
constexpr size_t kIpAddressTextSize = 46;

// Sysmon's form of an address in event 3: 192.0.2.1, or all eight groups of an IPv6 address in
// lower-case hex without leading zeros, none left out: fe80:0:0:0:a00:27ff:fee3:816e.
// Returns how many characters were written to `out`; no terminating NUL.
size_t FormatIpAddress(const IpAddress& address, char* out);

// The form of RFC 5952, and with it Sysmon's in event 22: fe80::a00:27ff:fee3:816e, and
// ::ffff:192.0.2.1 for IPv4.
size_t FormatShortIpAddress(const IpAddress& address, char* out);

}  // namespace pidigree
