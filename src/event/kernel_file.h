#pragma once

#include <cstdint>
#include <string_view>

namespace pidigree {

// A path that was walked over dentries and mounts to the root of the process's mount namespace.
struct KernelPath {
  std::string_view text;  // without the kernel's " (deleted)"; a memfd: "memfd:NAME"; empty: none
  bool unlinked = false;
  bool cut = false;  // deeper than the walk goes: the leading components are missing
};

// A file, as its inode was at that moment.
struct FileIdentity {
  // s_dev of the superblock, in the kernel's encoding; on overlayfs not st_dev
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;  // since 1970, UTC; likewise ctime_ns
  int64_t ctime_ns = 0;
  uint32_t links = 0;  // 0: unlinked
};

}  // namespace pidigree
