// Arguments and directories of an exec, whole and byte for byte.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::SizeIs;

class ExecText : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (source_ != nullptr) before_ = source_->Status();
  }

  ExecFact ExecWith(const std::vector<std::string>& argv) {
    const auto child = static_cast<uint32_t>(Run([&] { Exec(Actor(), argv); }));
    const std::vector<ExecFact> execs = ExecsOf(child);
    EXPECT_THAT(execs, SizeIs(1));
    return execs.empty() ? ExecFact{} : execs.front();
  }

  static std::string Joined(const std::vector<std::string>& argv) {
    std::string joined;
    for (const std::string& argument : argv) joined += argument + '\0';
    return joined;
  }

  SourceStatus before_;
};

TEST_F(ExecText, ArgumentsAreTheBytesThatWereGiven) {
  const std::vector<std::string> argv = {"actor",
                                         "",
                                         "two words",
                                         "new\nline\ttab\r",
                                         "\x01\x1b[31m\x7f",
                                         "\xff\xfe broken \xe6\x97",
                                         "日本語 🦀",
                                         "<Event>&amp;</Event>",
                                         ""};
  EXPECT_EQ(ExecWith(argv).arguments, Joined(argv));
}

// From 5.18 the kernel makes an empty argument of none; before, there is none.
TEST_F(ExecText, NoArgumentAtAll) {
  const ExecFact exec = ExecWith({});
  EXPECT_TRUE(exec.arguments.empty() || exec.arguments == std::string_view("\0", 1));
  EXPECT_FALSE(exec.arguments_cut);
}

constexpr size_t kTaken = 128 * 1024;

TEST_F(ExecText, ArgumentsOf128KiBAreWhole) {
  const std::vector<std::string> argv = {"actor", std::string(kTaken - 6 - 1, 'x')};
  const ExecFact exec = ExecWith(argv);
  EXPECT_THAT(exec.arguments, SizeIs(kTaken));
  EXPECT_TRUE(exec.arguments == Joined(argv));
  EXPECT_FALSE(exec.arguments_cut);
  EXPECT_EQ(source_->Status().arguments_cut, before_.arguments_cut);
}

TEST_F(ExecText, LongerArgumentsAreCutAndCounted) {
  const std::vector<std::string> argv = {"actor", std::string(kTaken - 6, 'x')};
  const ExecFact exec = ExecWith(argv);
  EXPECT_TRUE(exec.arguments == Joined(argv).substr(0, kTaken));
  EXPECT_TRUE(exec.arguments_cut);
  EXPECT_EQ(source_->Status().arguments_cut, before_.arguments_cut + 1);
}

TEST_F(ExecText, ManyArgumentsAreCutAndCounted) {
  std::vector<std::string> argv = {"actor"};
  for (int i = 0; i < 50'000; ++i) argv.push_back("argument " + std::to_string(i));
  const ExecFact exec = ExecWith(argv);
  EXPECT_TRUE(exec.arguments == Joined(argv).substr(0, kTaken));
  EXPECT_TRUE(exec.arguments_cut);
}

TEST_F(ExecText, DirectoryIsTheRootOrBelow) {
  for (const char* directory : {"/", "/proc", "/proc/sys/kernel"}) {
    const auto child = static_cast<uint32_t>(Run([&] {
      Must(chdir(directory) == 0);
      Exec(Actor(), {"actor"});
    }));
    ASSERT_THAT(ExecsOf(child), SizeIs(1));
    EXPECT_EQ(ExecsOf(child)[0].cwd.text, directory);
  }
}

// Makes directories one in the other and goes there; getcwd(2) and rm(1) can go as deep.
class DeepDirectory {
 public:
  DeepDirectory(const std::string& top, const std::string& name, int depth)
      : before_(std::filesystem::current_path()), path_(top), name_(name), depth_(depth) {
    if (chdir(top.c_str()) != 0) std::abort();
    for (int i = 0; i < depth; ++i) {
      if (mkdir(name.c_str(), 0755) != 0 || chdir(name.c_str()) != 0) std::abort();
      path_ += '/' + name;
    }
  }
  DeepDirectory(const DeepDirectory&) = delete;
  DeepDirectory& operator=(const DeepDirectory&) = delete;
  // remove_all() would hold a file open for each level, more than a process usually may.
  ~DeepDirectory() {
    for (int i = 0; i < depth_; ++i) {
      if (chdir("..") != 0 || rmdir(name_.c_str()) != 0) break;
    }
    std::filesystem::current_path(before_);
  }

  const std::string& path() const { return path_; }

 private:
  std::filesystem::path before_;
  std::string path_;
  std::string name_;
  int depth_;
};

struct Depth {
  std::string what;
  size_t name_length;
  int components;
};

void PrintTo(const Depth& depth, std::ostream* out) { *out << depth.what; }

class DeepPath : public ExecText, public testing::WithParamInterface<Depth> {};

// 4095 bytes are the longest path that getcwd(2) gives.
INSTANTIATE_TEST_SUITE_P(Depths, DeepPath,
                         testing::Values(Depth{"Components300", 2, 300},
                                         Depth{"Components2000", 1, 2000},
                                         Depth{"Bytes2860", 142, 20}, Depth{"LongNames", 255, 15}),
                         [](const auto& depth) { return depth.param.what; });

TEST_P(DeepPath, IsWhole) {
  const TempDir top;
  const DeepDirectory deep(top.Path(""), std::string(GetParam().name_length, 'd'),
                           GetParam().components);
  const auto child = static_cast<uint32_t>(Run([&] {
    std::filesystem::copy_file(Actor(), "p");
    Exec("./p", {"p"});
  }));
  std::error_code ignored;
  std::filesystem::remove("p", ignored);
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  const std::string expected = std::filesystem::current_path();
  EXPECT_EQ(ExecsOf(child)[0].cwd.text, expected);
  EXPECT_EQ(ExecsOf(child)[0].image.text, expected + "/p");
  EXPECT_EQ(source_->Status().paths_cut, before_.paths_cut);
}

TEST_F(ExecText, PathAbovePathMaxLosesItsFront) {
  const TempDir top;
  const std::string name(200, 'd');
  const DeepDirectory deep(top.Path(""), name, 30);
  const auto child = static_cast<uint32_t>(Run([&] { Exec(Actor(), {"actor"}); }));
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  const KernelPath cwd = ExecsOf(child)[0].cwd;
  EXPECT_TRUE(cwd.cut);
  EXPECT_EQ(cwd.text.substr(0, 4), ".../");
  EXPECT_TRUE(deep.path().ends_with(cwd.text.substr(3)));
  EXPECT_GT(cwd.text.size(), 3800u);
  EXPECT_EQ(source_->Status().paths_cut, before_.paths_cut + 1);
}

TEST_F(ExecText, RemovedDirectoryIsMarked) {
  const TempDir top;
  const std::string directory = top.Path("gone");
  const auto child = static_cast<uint32_t>(Run([&] {
    Must(mkdir(directory.c_str(), 0755) == 0 && chdir(directory.c_str()) == 0);
    Must(rmdir(directory.c_str()) == 0);
    Exec(Actor(), {"actor"});
  }));
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  EXPECT_EQ(ExecsOf(child)[0].cwd.text, directory);
  EXPECT_TRUE(ExecsOf(child)[0].cwd.unlinked);
}

// Field 7 of /proc/PID/stat, which the program prints itself.
TEST_F(ExecText, TerminalIsThatOfProcStat) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const auto child = static_cast<uint32_t>(Run([&] {
    Must(setsid() > 0);
    // Stays open over the exec: closing it would end the session.
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    Must(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    Must(open(ptsname(master), O_RDWR) >= 0);  // a session leader's first terminal controls it
    Must(dup2(ends[1], STDOUT_FILENO) >= 0);
    Exec(Actor(), {"actor", "stat"});
  }));
  close(ends[1]);
  std::string stat(4096, '\0');
  const ssize_t got = read(ends[0], stat.data(), stat.size());
  ASSERT_GT(got, 0);
  unsigned tty = 0;
  ASSERT_EQ(std::sscanf(stat.c_str(), "%*d (actor) %*c %*d %*d %*d %u", &tty), 1);
  EXPECT_NE(tty, 0u);
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  EXPECT_EQ(ExecsOf(child)[0].tty, tty);
}

TEST_F(ExecText, NoTerminalIsZero) {
  const auto child = static_cast<uint32_t>(Run([&] {
    Must(setsid() > 0);
    Exec(Actor(), {"actor"});
  }));
  ASSERT_THAT(ExecsOf(child), SizeIs(1));
  EXPECT_EQ(ExecsOf(child)[0].tty, 0u);
}

}  // namespace
}  // namespace pidigree
