#include "src/source/bpf/detached_mount.h"

#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pidigree {

UniqueFd MountDetached(const char* file_system) {
  const UniqueFd context(static_cast<int>(syscall(SYS_fsopen, file_system, FSOPEN_CLOEXEC)));
  if (!context ||
      syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return UniqueFd();
  return UniqueFd(static_cast<int>(
      syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)));
}

}  // namespace pidigree
