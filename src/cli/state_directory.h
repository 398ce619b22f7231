#pragma once

#include <string>

#include "src/base/result.h"
#include "src/base/unique_fd.h"

namespace pidigree {

// Where an agent keeps what must survive it. One agent at a time holds it.
class StateDirectory {
 public:
  // Makes the directory (mode 0700), if it is not there, and locks it.
  //
  // Errors: as mkdir(2) and open(2) say; kUnsupported, with its process id, if another agent holds
  // it.
  static Result<StateDirectory> Lock(const std::string& path);

  std::string processes() const { return path_ + "/processes"; }
  // Of the output `name`.
  std::string record_ids(const std::string& name) const;
  std::string untold_losses(const std::string& name) const;

 private:
  StateDirectory(std::string path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd lock_;  // flock(2)
};

}  // namespace pidigree
