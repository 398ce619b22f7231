#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/kernel_code.bpf.c.
extern const HookGroup kKernelCodeHooks;

}  // namespace pidigree
