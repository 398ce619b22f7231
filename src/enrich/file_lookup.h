#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/unique_fd.h"
#include "src/event/file_fact.h"

namespace pidigree {

// Looks at files on behalf of processes, by the paths that these gave: only as far as the kernel
// has everything in memory, so that no file system can keep us waiting (openat2(2),
// RESOLVE_CACHED). What it finds is as it is now, which is a little later.
class FileLookup {
 public:
  explicit FileLookup(std::string proc_path);

  // From now on directories may be others than they were.
  void Forget() { directory_.clear(); }

  // The path with its links followed as far as `event.links` says; where that cannot be done, with
  // "." and ".." taken away. Valid until the next call.
  std::string_view Resolve(const FileFact& event);

  struct File {
    FileIdentity identity;
    uint32_t mode = 0;
    int64_t birth_ns = 0;  // 0: the file system does not keep it
  };
  // Nothing if it is gone, or the kernel would have to read to find it.
  std::optional<File> Find(const FileFact& event, std::string_view resolved);

  // Paths that Resolve() could not resolve, since the start.
  uint64_t unresolved() const { return unresolved_; }

 private:
  UniqueFd Open(const FileFact& event, const std::string& path, bool follow_last) const;
  bool ReadPath(const UniqueFd& file, std::string& path) const;

  const std::string proc_path_;
  const uint32_t own_namespace_;
  std::string path_;  // what Resolve() returned
  // The directory resolved last: as it was given and seen from which namespace, and what it is.
  std::string directory_;
  uint32_t directory_namespace_ = 0;
  std::string resolved_directory_;
  uint64_t unresolved_ = 0;
};

}  // namespace pidigree
