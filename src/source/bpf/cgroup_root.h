#pragma once

#include "src/base/unique_fd.h"

namespace pidigree {

// The root of the unified cgroup hierarchy, wherever it is mounted; where it is not, or only a part
// of it, a mount of our own that nobody else sees and that needs CAP_SYS_ADMIN. Empty if neither is
// to be had.
UniqueFd OpenCgroupRoot();

}  // namespace pidigree
