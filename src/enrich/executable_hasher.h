#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/event/kernel_file.h"
#include "src/event/process_key.h"

namespace pidigree {

// A record whose Hashes are still to be found, and the file that they are of.
struct HashRequest {
  size_t record = 0;             // index into the batch's records
  ProcessKey process = {};       // may have ended, or run another program since
  uint32_t mount_namespace = 0;  // where `path` means the file
  std::string_view path = {};    // valid text; lives as long as the batch
  FileIdentity executable = {};  // as the file was then; inode 0: not known
  bool only_known = false;       // it is gone: only hashes that are known already
};

// Finds hashes at once, for rules that name Hashes: their decision has to wait.
class ExecutableHasher {
 public:
  virtual ~ExecutableHasher() = default;

  // The text of Hashes, valid until the next call; empty if the file could not be had. May take as
  // long as hashing a file is allowed to. `request.record` means nothing here.
  virtual std::string_view Hash(const HashRequest& request) = 0;
};

}  // namespace pidigree
