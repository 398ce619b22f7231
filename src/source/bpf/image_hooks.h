#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/image.bpf.c.
extern const HookGroup kImageHooks;

}  // namespace pidigree
