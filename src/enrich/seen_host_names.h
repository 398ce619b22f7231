#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/ip_address.h"
#include "src/base/recent_table.h"

namespace pidigree {

// Which name this host last got an address for, from the replies of DNS servers that it saw. Times
// are nanoseconds of one clock.
class SeenHostNames {
 public:
  // `name` was asked for, and this address is an answer. Printable ASCII.
  void Learn(const IpAddress& address, std::string_view name, uint32_t ttl_s, uint64_t now_ns);

  // Empty if there is none, or it is too old. A view that lives until the next Learn().
  std::string_view Find(const IpAddress& address, uint64_t now_ns);

 private:
  static constexpr size_t kNames = 4096;

  struct Name {
    std::string text;
    uint64_t until_ns = 0;
  };
  RecentTable<IpAddress, Name> names_{kNames};
};

}  // namespace pidigree
