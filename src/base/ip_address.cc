#include "src/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace pidigree {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool IpAddress::IsV4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

size_t FormatIpAddress(const IpAddress& address, char* out) {
  char* at = out;
  char* const end = out + kIpAddressTextSize;
  if (address.IsV4()) {
    for (size_t i = kMapped.size(); i < address.bytes.size(); ++i) {
      if (i > kMapped.size()) *at++ = '.';
      at = std::to_chars(at, end, address.bytes[i]).ptr;
    }
    return static_cast<size_t>(at - out);
  }
  for (size_t i = 0; i < address.bytes.size(); i += 2) {
    if (i > 0) *at++ = ':';
    at = std::to_chars(at, end, address.bytes[i] << 8 | address.bytes[i + 1], 16).ptr;
  }
  return static_cast<size_t>(at - out);
}

size_t FormatShortIpAddress(const IpAddress& address, char* out) {
  static_assert(kIpAddressTextSize == INET6_ADDRSTRLEN);
  inet_ntop(AF_INET6, address.bytes.data(), out, INET6_ADDRSTRLEN);
  return std::strlen(out);
}

}  // namespace pidigree
