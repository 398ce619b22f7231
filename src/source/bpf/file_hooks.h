#pragma once

#include "src/source/bpf/hook_group.h"

namespace pidigree {

// The programs of bpf/file.bpf.c.
extern const HookGroup kFileHooks;

}  // namespace pidigree
