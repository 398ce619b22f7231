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

#include "src/base/read_file.h"
#include "tests/sink/line_buffer_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

constexpr std::chrono::milliseconds kNoPatience{0};

AppendFileSink Open(const std::string& path) {
  Result<AppendFileSink> sink = AppendFileSink::Open(path, kNoPatience);
  EXPECT_TRUE(sink.has_value());
  return std::move(*sink);
}

TEST(AppendFileSink, AppendsToWhatIsThere) {
  const TempDir dir;
  const std::string path = dir.Write("log", "old\n");
  AppendFileSink sink = Open(path);
  size_t written = 0;
  ASSERT_TRUE(sink.Write(LineBufferOf({"one", "two"}), written).has_value());
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
  ASSERT_TRUE(sink.Write(LineBufferOf({"one"}), written).has_value());
  ASSERT_EQ(std::rename(dir.Path("log").c_str(), dir.Path("log.1").c_str()), 0);
  ASSERT_TRUE(sink.Write(LineBufferOf({"two"}), written).has_value());
  ASSERT_TRUE(sink.Reopen().has_value());
  ASSERT_TRUE(sink.Write(LineBufferOf({"three"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("log.1"), 100), "one\ntwo\n");
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "three\n");
}

TEST(AppendFileSink, GoesOnWithTheOpenFileIfItCannotReopen) {
  const TempDir dir;
  ASSERT_EQ(mkdir(dir.Path("sub").c_str(), 0700), 0);
  AppendFileSink sink = Open(dir.Path("sub/log"));
  ASSERT_EQ(std::rename(dir.Path("sub").c_str(), dir.Path("moved").c_str()), 0);
  EXPECT_FALSE(sink.Reopen().has_value());
  size_t written = 0;
  ASSERT_TRUE(sink.Write(LineBufferOf({"one"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("moved/log"), 100), "one\n");
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
    const Result<> result = sink.Write(LineBufferOf({"one", "two", "three"}), written);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, "write to " + dir.Path("log") + ": File too large");
  }
  EXPECT_EQ(written, 2u);
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "one\ntwo\n");
  ASSERT_TRUE(sink.Write(LineBufferOf({"four"}), written).has_value());
  EXPECT_EQ(*ReadFile(dir.Path("log"), 100), "one\ntwo\nfour\n");
}

TEST(AppendFileSink, ReportsADiskThatHasNoRoomAtAll) {
  AppendFileSink sink = Open("/dev/full");
  size_t written = 7;
  const Result<> result = sink.Write(LineBufferOf({"one"}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(written, 0u);
  EXPECT_EQ(result.error().message, "write to /dev/full: No space left on device");
}

TEST(AppendFileSink, WaitsForNobodyOnceToldSo) {
  const TempDir dir;
  const std::string path = dir.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Result<AppendFileSink> sink = AppendFileSink::Open(path, std::chrono::hours(1));
  ASSERT_TRUE(sink.has_value());
  sink->StopWaiting();
  size_t written = 0;
  const Result<> result = sink->Write(LineBufferOf({"one", std::string(1 << 20, 'x')}), written);
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
  ASSERT_FALSE(sink.Write(LineBufferOf({longer_than_the_pipe}), written).has_value());
  EXPECT_EQ(written, 0u);

  std::array<char, 16384> buffer;
  ASSERT_EQ(read(reader.get(), buffer.data(), buffer.size()), 8192);
  ASSERT_TRUE(sink.Write(LineBufferOf({"whole"}), written).has_value());
  EXPECT_EQ(written, 1u);
  const ssize_t got = read(reader.get(), buffer.data(), buffer.size());
  EXPECT_EQ(std::string(buffer.data(), static_cast<size_t>(got)), "\nwhole\n");
}

TEST(AppendFileSink, NamesTheFileItCannotOpen) {
  const TempDir dir;
  const auto sink = AppendFileSink::Open(dir.Path("no/such/dir"), kNoPatience);
  ASSERT_FALSE(sink.has_value());
  EXPECT_EQ(sink.error().message,
            "open " + dir.Path("no/such/dir") + " for writing: No such file or directory");
}

}  // namespace
}  // namespace pidigree
