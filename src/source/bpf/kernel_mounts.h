#pragma once

#include "src/base/unique_fd.h"

namespace pidigree {

// The root of a file system of the kernel, such as "tracefs", mounted in no directory and gone with
// its descriptor: it does not matter whether and where anybody has mounted it. Empty if the kernel
// has no such file system, or there is no CAP_SYS_ADMIN.
UniqueFd MountDetached(const char* file_system);

// The root of the unified cgroup hierarchy, wherever it is mounted; where it is not, or only a part
// of it, a mount of our own that nobody else sees and that needs CAP_SYS_ADMIN. Empty if neither is
// to be had.
UniqueFd OpenCgroupRoot();

}  // namespace pidigree
