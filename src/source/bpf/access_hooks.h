#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/access.bpf.c.
extern const HookGroup kAccessHooks;

}  // namespace pidigree
