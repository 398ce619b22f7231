#include "src/sink/file_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "src/base/read_file.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

TEST(FileSink, ReplacesWhatTheFileHeld) {
  const TempDir dir;
  const std::string path = dir.Write("out", "something old and longer\n");
  auto sink = FileSink::Open(path);
  ASSERT_TRUE(sink.has_value());
  ASSERT_TRUE(sink->Start().has_value());
  ASSERT_TRUE(sink->Write("one\n").has_value());
  ASSERT_TRUE(sink->Write("two\n").has_value());
  EXPECT_EQ(*ReadFile(path, 100), "one\ntwo\n");
}

TEST(FileSink, MakesFilesThatOthersMayNotRead) {
  const TempDir dir;
  const mode_t old_mask = umask(0);
  const auto sink = FileSink::Open(dir.Path("out"));
  umask(old_mask);
  ASSERT_TRUE(sink.has_value());
  struct stat status {};
  ASSERT_EQ(stat(dir.Path("out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(FileSink, KnowsItsFileUnderAnyNameAndLeavesItAloneUntilStarted) {
  const TempDir dir;
  const std::string path = dir.Write("audit.log", "type=SYSCALL\n");
  const std::string link = dir.Path("link");
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  const auto sink = FileSink::Open(link);
  ASSERT_TRUE(sink.has_value());
  EXPECT_TRUE(sink->IsSameFile(path));
  EXPECT_FALSE(sink->IsSameFile(dir.Write("other", "")));
  EXPECT_FALSE(sink->IsSameFile(dir.Path("none")));
  EXPECT_EQ(*ReadFile(path, 100), "type=SYSCALL\n");
}

TEST(FileSink, NamesTheFileItCannotOpen) {
  const TempDir dir;
  const auto sink = FileSink::Open(dir.Path("no/such/dir"));
  ASSERT_FALSE(sink.has_value());
  EXPECT_EQ(sink.error().message,
            "open " + dir.Path("no/such/dir") + " for writing: No such file or directory");
}

TEST(FileSink, ReportsAFullDisk) {
  auto sink = FileSink::Open("/dev/full");
  ASSERT_TRUE(sink.has_value());
  ASSERT_TRUE(sink->Start().has_value());
  const auto result = sink->Write("line\n");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "write to /dev/full: No space left on device");
}

TEST(FileSink, PassesOnMoreThanAPipeTakesAtOnce) {
  const TempDir dir;
  const std::string path = dir.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = *ReadFile(path, size_t{8} << 20); });
  auto sink = FileSink::Open(path);
  ASSERT_TRUE(sink.has_value());
  std::string line(1000, 'x');
  line += '\n';
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += line;
  {
    FileSink moved = std::move(*sink);
    EXPECT_TRUE(moved.Start().has_value());
    EXPECT_TRUE(moved.Write(lines).has_value());
  }
  reader.join();
  EXPECT_EQ(received, lines);
}

TEST(FileSink, ReportsAPipeThatNobodyReadsWhereSigpipeIsIgnored) {
  const TempDir dir;
  const std::string path = dir.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto sink = FileSink::Open(path);
  ASSERT_TRUE(sink.has_value());
  reader = UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  const auto result = sink->Write("line\n");
  std::signal(SIGPIPE, old_handler);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "write to " + path + ": Broken pipe");
}

}  // namespace
}  // namespace pidigree
