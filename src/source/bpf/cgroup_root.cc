#include "src/source/bpf/cgroup_root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "src/source/bpf/detached_mount.h"

namespace pidigree {
namespace {

// fs/kernfs/dir.c: what the root of the hierarchy has, and no other group.
constexpr ino_t kRootInode = 1;

bool IsRoot(const UniqueFd& directory) {
  struct statfs system {};
  struct stat status {};
  return directory && fstatfs(directory.get(), &system) == 0 &&
         system.f_type == CGROUP2_SUPER_MAGIC && fstat(directory.get(), &status) == 0 &&
         status.st_ino == kRootInode;
}

}  // namespace

UniqueFd OpenCgroupRoot() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    UniqueFd root(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (IsRoot(root)) return root;
  }
  return MountDetached("cgroup2");
}

}  // namespace pidigree
