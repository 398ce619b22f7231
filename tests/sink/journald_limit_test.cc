#include "src/sink/journald_limit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

struct ConfigFile {
  std::string path;
  std::string content;
};

// A host whose /dev/log is `socket`, by a symbolic link, with those configuration files.
class Host {
 public:
  Host(const std::string& socket, const std::vector<ConfigFile>& files) {
    Write(socket, "");
    std::filesystem::create_directories(dir_.Path("dev"));
    EXPECT_EQ(symlink((dir_.Path("") + socket).c_str(), Log().c_str()), 0);
    for (const auto& [path, content] : files) Write(path, content);
  }

  std::string Log() const { return dir_.Path("dev/log"); }
  std::optional<JournaldLimit> Limit() const {
    const std::string root = dir_.Path("");
    return FindJournaldLimit(Log(), root.substr(0, root.size() - 1));
  }

 private:
  void Write(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(dir_.Path(path)).parent_path());
    std::ofstream(dir_.Path(path)) << content;
  }

  TempDir dir_;
};

constexpr char kJournal[] = "run/systemd/journal/dev-log";

TEST(JournaldLimit, IsNoneWhereAnotherDaemonListens) {
  EXPECT_FALSE(Host("run/rsyslog/log", {}).Limit().has_value());
}

// Defaults of journald.conf(5).
TEST(JournaldLimit, IsTheDefaultWithoutAConfiguration) {
  const auto limit = Host(kJournal, {}).Limit();
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(limit->burst, 10000u);
  EXPECT_EQ(limit->interval, "30s");
}

TEST(JournaldLimit, IsNoneOnceLifted) {
  EXPECT_FALSE(Host(kJournal, {{"etc/systemd/journald.conf", "[Journal]\nRateLimitBurst=0\n"}})
                   .Limit()
                   .has_value());
  EXPECT_FALSE(Host(kJournal, {{"etc/systemd/journald.conf.d/no.conf",
                                "[Journal]\nRateLimitIntervalSec = 0\n"}})
                   .Limit()
                   .has_value());
}

TEST(JournaldLimit, TakesDropInsByNameOverTheMainFile) {
  const auto limit =
      Host(kJournal, {{"etc/systemd/journald.conf", "RateLimitBurst=1\n#RateLimitIntervalSec=5s\n"},
                      {"usr/lib/systemd/journald.conf.d/20.conf", "RateLimitBurst=3\n"},
                      {"etc/systemd/journald.conf.d/10.conf", "RateLimitBurst=2\n"}})
          .Limit();
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(limit->burst, 3u);
  EXPECT_EQ(limit->interval, "30s");
}

TEST(JournaldLimit, LetsEtcHideADropInOfTheVendor) {
  const auto limit =
      Host(kJournal, {{"usr/lib/systemd/journald.conf.d/10.conf", "RateLimitBurst=0\n"},
                      {"etc/systemd/journald.conf.d/10.conf", "RateLimitBurst=7\n"}})
          .Limit();
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(limit->burst, 7u);
}

}  // namespace
}  // namespace pidigree
