#include "src/enrich/seen_host_names.h"

#include <algorithm>

namespace pidigree {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
// Programs keep an address for longer than a server that balances its load allows, but not for the
// weeks that a server may claim.
constexpr uint64_t kAtLeast = 600 * kSecond;
constexpr uint64_t kAtMost = 86'400 * kSecond;

}  // namespace

void SeenHostNames::Learn(const IpAddress& address, std::string_view name, uint32_t ttl_s,
                          uint64_t now_ns) {
  Name& known = *names_.FindOrAdd(address).first;
  known.text = name;
  known.until_ns = now_ns + std::clamp(ttl_s * kSecond, kAtLeast, kAtMost);
}

std::string_view SeenHostNames::Find(const IpAddress& address, uint64_t now_ns) {
  const Name* const known = names_.Find(address);
  if (known == nullptr || known->until_ns < now_ns) return {};
  return known->text;
}

}  // namespace pidigree
