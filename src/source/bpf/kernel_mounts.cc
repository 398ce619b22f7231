#include "src/source/bpf/kernel_mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

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

UniqueFd MountDetached(const char* file_system) {
  const UniqueFd context(static_cast<int>(syscall(SYS_fsopen, file_system, FSOPEN_CLOEXEC)));
  if (!context ||
      syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return UniqueFd();
  return UniqueFd(static_cast<int>(
      syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)));
}

UniqueFd OpenCgroupRoot() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    UniqueFd root(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (IsRoot(root)) return root;
  }
  return MountDetached("cgroup2");
}

}  // namespace pidigree
