#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>

namespace pidigree {

// Gives a file of /proc/sys another value for as long as this lives.
class SystemSetting {
 public:
  SystemSetting(std::string path, const std::string& value) : path_(std::move(path)) {
    std::ifstream file(path_);
    std::getline(file, before_);
    Write(value);
  }
  SystemSetting(const SystemSetting&) = delete;
  SystemSetting& operator=(const SystemSetting&) = delete;
  ~SystemSetting() { Write(before_); }

 private:
  void Write(const std::string& value) const {
    std::ofstream file(path_);
    file << value << std::flush;
    EXPECT_TRUE(file) << "cannot write " << value << " to " << path_;
  }

  const std::string path_;
  std::string before_;
};

}  // namespace pidigree
