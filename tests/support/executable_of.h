#pragma once

#include <sys/stat.h>

#include <string>

#include "src/event/kernel_file.h"

namespace pidigree {

inline int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// What the kernel would say of an exec of the file `path`.
inline FileIdentity ExecutableOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<uint64_t>(status.st_size),
          .mtime_ns = Nanoseconds(status.st_mtim),
          .ctime_ns = Nanoseconds(status.st_ctim),
          .links = static_cast<uint32_t>(status.st_nlink)};
}

// Inode number of the mount namespace of this process.
inline uint32_t OwnMountNamespace() {
  struct stat status {};
  return stat("/proc/self/ns/mnt", &status) == 0 ? static_cast<uint32_t>(status.st_ino) : 0;
}

}  // namespace pidigree
