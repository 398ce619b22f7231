#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/network.bpf.c.
extern const HookGroup kNetworkHooks;

}  // namespace pidigree
