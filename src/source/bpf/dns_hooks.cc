#include "src/source/bpf/dns_hooks.h"

#include <dns.skel.h>

namespace pidigree {
namespace {

// Event 3 takes its host names from replies.
constexpr uint16_t kEvents[] = {22, 3};

constexpr HookProgram kPackets[] = {{"on_dns_sent"}, {"on_dns_arrived"}};
constexpr HookAlternative kReplies[] = {{kPackets}};

constexpr Hook kHooks[] = {{"replies of DNS servers", kEvents, kReplies}};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = dns_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kDnsHooks{Object, kHooks};

}  // namespace pidigree
