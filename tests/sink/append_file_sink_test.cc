#include "src/sink/append_file_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "src/base/read_file.h"
#include "tests/sink/line_buffer_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

constexpr std::chrono::milliseconds kNoPatience{0};

AppendFileSink Open(const std::string& path) {
  Result<AppendFileSink> sink = AppendFileSink::Open(path, {.patience = kNoPatience});
  EXPECT_TRUE(sink.has_value());
  return std::move(*sink);
}

TEST(AppendFileSink, AppendsToWhatIsThere) {
  const TempDir dir;
  const std::string path = dir.Write("log", "old\n");
  AppendFileSink sink = Open(path);
  size_t written = 0;
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one", "two"}), written).has_value());
  EXPECT_EQ(written, 2u);
  EXPECT_EQ(*ReadFile(path, 100), "old\none\ntwo\n");
}

TEST(AppendFileSink, MakesFilesThatOthersMayNotRead) {
  const TempDir dir;
  const mode_t old_mask = umask(0);
  const AppendFileSink sink = Open(dir.Path("log"));
  umask(old_mask);
  struct stat status {};
  ASSERT_EQ(stat(dir.Path("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(AppendFileSink, WritesToTheNewFileAfterRotation) {
  const TempDir dir;
  AppendFileSink sink = Open(dir.Path("log"));
  size_t written = 0;
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  ASSERT_EQ(std::rename(dir.Path("log").c_str(), dir.Path("log.1").c_str()), 0);
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"two"}), written).has_value());
  ASSERT_TRUE(sink.Reopen().has_value());
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"three"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("log.1"), 100), "one\ntwo\n");
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "three\n");
}

// What it went on writing to would be compressed and deleted.
TEST(AppendFileSink, FailsUntilItCanReopen) {
  const TempDir dir;
  ASSERT_EQ(mkdir(dir.Path("sub").c_str(), 0700), 0);
  AppendFileSink sink = Open(dir.Path("sub/log"));
  ASSERT_EQ(std::rename(dir.Path("sub").c_str(), dir.Path("moved").c_str()), 0);
  EXPECT_FALSE(sink.Reopen().has_value());
  size_t written = 0;
  const Result<> result = WriteTo(sink, LineBufferOf({"one"}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message,
            "open " + dir.Path("sub/log") + " for writing: No such file or directory");
  EXPECT_EQ(*ReadFile(dir.Path("moved/log"), 100), "");
  ASSERT_EQ(mkdir(dir.Path("sub").c_str(), 0700), 0);
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("sub/log"), 100), "one\n");
}

TEST(AppendFileSink, FindsThatTheFileWasRenamedOrDeletedThoughNobodySaidSo) {
  const TempDir dir;
  AppendFileSink sink = Open(dir.Path("log"));
  size_t written = 0;
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  ASSERT_EQ(std::rename(dir.Path("log").c_str(), dir.Path("log.1").c_str()), 0);
  const auto arrives = [&](const std::string& line) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < give_up) {
      EXPECT_TRUE(WriteTo(sink, LineBufferOf({line}), written).has_value());
      if (ReadFile(dir.Path("log"), 1 << 26).value_or("").ends_with(line + "\n")) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  EXPECT_TRUE(arrives("two"));
  ASSERT_EQ(unlink(dir.Path("log").c_str()), 0);
  EXPECT_TRUE(arrives("three"));
}

TEST(AppendFileSink, GoesOnAtTheStartOfAFileThatWasEmptied) {
  const TempDir dir;
  AppendFileSink sink = Open(dir.Path("log"));
  size_t written = 0;
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  ASSERT_EQ(truncate(dir.Path("log").c_str(), 0), 0);
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"two"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "two\n");
}

// As a crash or a full disk leaves it.
TEST(AppendFileSink, EndsALineThatSomebodyElseLeftUnfinished) {
  const TempDir dir;
  const std::string path = dir.Write("log", "whole\ntor");
  AppendFileSink sink = Open(path);
  size_t written = 0;
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  EXPECT_EQ(*ReadFile(path, 100), "whole\ntor\none\n");
}

TEST(AppendFileSink, GivesAFileThatItMakesTheModeAndTheGroupThatAreWanted) {
  const TempDir dir;
  const mode_t old_mask = umask(077);
  const auto made = AppendFileSink::Open(dir.Path("log"), {.mode = 0644, .group = getegid()});
  umask(old_mask);
  ASSERT_TRUE(made.has_value());
  struct stat status {};
  ASSERT_EQ(stat(dir.Path("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
  EXPECT_EQ(status.st_gid, getegid());
  ASSERT_TRUE(AppendFileSink::Open(dir.Path("log"), {.mode = 0600}).has_value());
  ASSERT_EQ(stat(dir.Path("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u) << "it was there";
}

// RLIMIT_FSIZE stands for a full disk: a write stops in the middle of a line, and later there is
// room again.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit old_{};
};

TEST(AppendFileSink, LeavesWholeLinesOnAFullDiskAndSaysHowMany) {
  const TempDir dir;
  AppendFileSink sink = Open(dir.Path("log"));
  size_t written = 0;
  {
    const FileSizeLimit limit(10);
    const Result<> result = WriteTo(sink, LineBufferOf({"one", "two", "three"}), written);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, "write to " + dir.Path("log") + ": File too large");
  }
  EXPECT_EQ(written, 2u);
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "one\ntwo\n");
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"four"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "one\ntwo\nfour\n");
}

TEST(AppendFileSink, ReportsADiskThatHasNoRoomAtAll) {
  AppendFileSink sink = Open("/dev/full");
  size_t written = 7;
  const Result<> result = WriteTo(sink, LineBufferOf({"one"}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(written, 0u);
  EXPECT_EQ(result.error().message, "write to /dev/full: No space left on device");
}

TEST(AppendFileSink, WaitsForNobodyOnceToldSo) {
  const TempDir dir;
  const std::string path = dir.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Result<AppendFileSink> sink = AppendFileSink::Open(path, {.patience = std::chrono::hours(1)});
  ASSERT_TRUE(sink.has_value());
  sink->StopWaiting();
  size_t written = 0;
  const Result<> result = WriteTo(*sink, LineBufferOf({"one", std::string(1 << 20, 'x')}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(written, 1u);
}

TEST(AppendFileSink, DoesNotWaitForeverForAPipeAndBeginsANewLineBehindABrokenOne) {
  const TempDir dir;
  const std::string path = dir.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_EQ(fcntl(reader.get(), F_SETPIPE_SZ, 8192), 8192);
  AppendFileSink sink = Open(path);
  size_t written = 0;
  const std::string longer_than_the_pipe(10000, 'x');
  ASSERT_FALSE(WriteTo(sink, LineBufferOf({longer_than_the_pipe}), written).has_value());
  EXPECT_EQ(written, 0u);

  std::array<char, 16384> buffer;
  ASSERT_EQ(read(reader.get(), buffer.data(), buffer.size()), 8192);
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"whole"}), written).has_value());
  EXPECT_EQ(written, 1u);
  const ssize_t got = read(reader.get(), buffer.data(), buffer.size());
  EXPECT_EQ(std::string(buffer.data(), static_cast<size_t>(got)), "\nwhole\n");
}

TEST(AppendFileSink, NamesTheFileItCannotOpen) {
  const TempDir dir;
  const auto sink = AppendFileSink::Open(dir.Path("no/such/dir"));
  ASSERT_FALSE(sink.has_value());
  EXPECT_EQ(sink.error().message,
            "open " + dir.Path("no/such/dir") + " for writing: No such file or directory");
}

}  // namespace
}  // namespace pidigree
