#include "src/source/bpf/dns_hooks.h"

#include <dns.skel.h>

namespace pidigree {
namespace {

// Events of the others take their host names from replies.
constexpr kernel_action kActions[] = {ACTION_DNS_REPLIED, ACTION_CONNECTION_OPENED,
                                      ACTION_CONNECTION_ACCEPTED, ACTION_DATAGRAM_EXCHANGED};

constexpr HookProgram kPackets[] = {{"on_dns_sent"}, {"on_dns_arrived"}};
constexpr HookAlternative kReplies[] = {{kPackets}};

constexpr Hook kHooks[] = {{"replies of DNS servers", kActions, kReplies}};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = dns_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kDnsHooks{Object, kHooks};

}  // namespace pidigree
