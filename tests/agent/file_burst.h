#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "src/base/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// Makes files, each of which is one event of an agent that is told to see these and little else.
class FileBurst {
 public:
  // `deep`: the lines of the events have some 2.5 KiB.
  FileBurst(const TempDir& dir, bool deep) : folder_(dir.Path("burst")) {
    EXPECT_EQ(mkdir(folder_.c_str(), 0700), 0);
    config_ =
        dir.Write("burst.xml",
                  "<Sysmon schemaversion=\"4.90\"><EventFiltering>"
                  "<ProcessCreate onmatch=\"include\"><CommandLine condition=\"contains\">"
                  "pidigree-test-" +
                      std::to_string(getpid()) +
                      "-</CommandLine></ProcessCreate>"
                      "<ProcessTerminate onmatch=\"include\"/>"
                      "<FileCreate onmatch=\"include\"><TargetFilename condition=\"begin with\">" +
                      folder_ + "/</TargetFilename></FileCreate></EventFiltering></Sysmon>\n");
    for (int i = 0; deep && i < 10; ++i) {
      folder_ += "/" + std::string(200, 'd');
      EXPECT_EQ(mkdir(folder_.c_str(), 0700), 0);
    }
  }

  const std::string& config() const { return config_; }

  void Make(int count) {
    for (int i = 0; i < count; ++i)
      EXPECT_TRUE(UniqueFd(
          open((folder_ + "/" + std::to_string(++made_)).c_str(), O_CREAT | O_WRONLY, 0600)));
  }
  int made() const { return made_; }

 private:
  std::string folder_;
  std::string config_;
  int made_ = 0;
};

}  // namespace pidigree
