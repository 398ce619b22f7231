#pragma once

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace pidigree {

// Something that takes attributes of users: a file in the directory of the test; where its file
// system has none (tmpfs before Linux 6.6), a cgroup of its own, which has some since 5.7.
class AttributePlace {
 public:
  explicit AttributePlace(const TempDir& directory) : path_(directory.Write("attributes", "")) {
    if (Works()) return;
    path_ = "/sys/fs/cgroup/pidigree-test-" + std::to_string(getpid());
    is_cgroup_ = mkdir(path_.c_str(), 0755) == 0;
  }
  AttributePlace(const AttributePlace&) = delete;
  AttributePlace& operator=(const AttributePlace&) = delete;
  ~AttributePlace() {
    if (is_cgroup_) rmdir(path_.c_str());
  }

  // Sets "user.before".
  bool Works() const { return setxattr(path_.c_str(), "user.before", "x", 1, 0) == 0; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_cgroup_ = false;
};

}  // namespace pidigree
