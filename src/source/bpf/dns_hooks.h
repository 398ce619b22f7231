#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/dns.bpf.c.
extern const HookGroup kDnsHooks;

}  // namespace pidigree
