#include "src/enrich/executable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/support/executable_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

constexpr uint32_t kNobody = 0x7fffffff;  // no process has this id

class OpenExecutableTest : public testing::Test {
 protected:
  Result<UniqueFd> Open(uint32_t pid, const std::string& path) {
    return OpenExecutable(executable_, pid, OwnMountNamespace(), path);
  }
  bool IsIt(const Result<UniqueFd>& file) {
    struct stat status {};
    return file && fstat(file->get(), &status) == 0 && status.st_ino == executable_.inode;
  }

  const TempDir dir_;
  const std::string path_ = dir_.Write("program", "content");
  const FileIdentity executable_ = ExecutableOf(path_);
};

TEST_F(OpenExecutableTest, TakesTheFileOfALiveProcessWhateverItIsCalledNow) {
  const FileIdentity own = ExecutableOf("/proc/self/exe");
  const auto file =
      OpenExecutable(own, static_cast<uint32_t>(getpid()), OwnMountNamespace(), "/none");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(IsExecutable(file->get(), own));
}

TEST_F(OpenExecutableTest, TakesThePathOnceTheProcessIsGone) {
  EXPECT_TRUE(IsIt(Open(kNobody, path_)));
}

TEST_F(OpenExecutableTest, TakesThePathIfTheProcessRunsSomethingElse) {
  EXPECT_TRUE(IsIt(Open(static_cast<uint32_t>(getpid()), path_)));
}

TEST_F(OpenExecutableTest, RefusesAnotherFileOfThatName) {
  ASSERT_EQ(std::rename(dir_.Write("other", "content").c_str(), path_.c_str()), 0);
  EXPECT_EQ(Open(kNobody, path_).error().code, ErrorCode::kNotFound);
}

TEST_F(OpenExecutableTest, RefusesAFileThatWasWrittenTo) {
  const timespec times[] = {{0, UTIME_OMIT}, {executable_.mtime_ns / 1'000'000'000 + 1, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  EXPECT_FALSE(Open(kNobody, path_).has_value());
}

TEST_F(OpenExecutableTest, RefusesAFileThatIsGone) {
  ASSERT_EQ(unlink(path_.c_str()), 0);
  EXPECT_FALSE(Open(kNobody, path_).has_value());
}

TEST_F(OpenExecutableTest, DoesNotOpenWhatIsNoRegularFile) {
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_EQ(mkfifo(path_.c_str(), 0700), 0);  // opening it would wait for a writer
  EXPECT_FALSE(
      OpenExecutable(ExecutableOf(path_), kNobody, OwnMountNamespace(), path_).has_value());
}

TEST_F(OpenExecutableTest, RefusesAMountNamespaceWhereNobodyLives) {
  EXPECT_FALSE(OpenExecutable(executable_, kNobody, 1, path_).has_value());
}

}  // namespace
}  // namespace pidigree
