#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/event/kernel_file.h"

namespace pidigree {

// Whether the file `fd` is the one that `executable` describes, and unchanged since: inode, size,
// mtime and ctime are equal. The device is not compared: stat(2) and the kernel do not agree about
// it on overlayfs and btrfs.
bool IsExecutable(int fd, const FileIdentity& executable);

// Opens the file that `process` ran: through /proc/PID/exe, else by `path` through the root
// directories of processes that live in `mount_namespace` now. Only regular files are opened for
// reading, and only if IsExecutable().
//
// Errors: kNotFound if it is gone or was changed.
Result<UniqueFd> OpenExecutable(const FileIdentity& executable, uint32_t pid,
                                uint32_t mount_namespace, std::string_view path,
                                const std::string& proc = "/proc");

}  // namespace pidigree
