// Files that processes map executable, and what prctl(2) lets them say that they run.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/activity_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kReadExecute = PROT_READ | PROT_EXEC;

bool Map(int fd, int protection, size_t size = 1) {
  return mmap(nullptr, size, protection, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

class ImageTest : public ActivityTest {
 protected:
  ImageTest() : ActivityTest({7, 25}) {}

  std::string Library(const std::string& name) const { return dir_.Write(name, "library"); }

  std::vector<std::string> MappedBy(pid_t pid) const {
    std::vector<std::string> paths;
    for (const ImageFact& image : ImagesOf(pid)) {
      EXPECT_EQ(image.action, ImageAction::kMapped);
      paths.emplace_back(image.path.text);
    }
    return paths;
  }

  const TempDir dir_;
};

TEST_F(ImageTest, MappedExecutable) {
  const std::string path = Library("library.so");
  const pid_t pid = Run([&] {
    const int fd = open(path.c_str(), O_RDONLY);
    Must(fd >= 0 && Map(fd, kReadExecute));
  });
  ASSERT_EQ(status_, 0);
  const std::vector<ImageFact> images = ImagesOf(pid);
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_EQ(images[0].action, ImageAction::kMapped);
  EXPECT_EQ(images[0].path.text, path);
  EXPECT_FALSE(images[0].path.unlinked);
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(images[0].file.inode, status.st_ino);
  EXPECT_EQ(images[0].file.size, static_cast<uint64_t>(status.st_size));
  EXPECT_EQ(images[0].subject.ids.uid, 0u);
}

TEST_F(ImageTest, OnceForEachFile) {
  const std::string first = Library("first.so");
  const std::string second = Library("second.so");
  std::filesystem::create_hard_link(first, dir_.Path("other name.so"));
  const pid_t pid = Run([&] {
    for (const std::string& path : {first, second, first, dir_.Path("other name.so")})
      Must(Map(open(path.c_str(), O_RDONLY), kReadExecute));
  });
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(MappedBy(pid), ElementsAre(first, second));
}

// Most file systems give the number of a deleted file to the next one.
TEST_F(ImageTest, FilesOneAfterTheOther) {
  constexpr size_t kFiles = 20;
  const std::string path = dir_.Path("library.so");
  const pid_t pid = Run([&] {
    for (size_t i = 0; i < kFiles; ++i) {
      const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR, 0700);
      void* const code = mmap(nullptr, 1, kReadExecute, MAP_PRIVATE, fd, 0);
      Must(code != MAP_FAILED && munmap(code, 1) == 0 && close(fd) == 0);
      Must(unlink(path.c_str()) == 0);
    }
  });
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(MappedBy(pid), SizeIs(kFiles));
}

TEST_F(ImageTest, AgainInAnotherProcess) {
  const std::string path = Library("library.so");
  const auto map = [&] { Must(Map(open(path.c_str(), O_RDONLY), kReadExecute)); };
  const pid_t pid = Run([&] {
    map();
    const pid_t child = fork();
    if (child == 0) {
      map();
      _exit(0);
    }
    int status = 0;
    Must(waitpid(child, &status, 0) == child && status == 0);
  });
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(MappedBy(pid), ElementsAre(path));
  std::vector<ProcessKey> children;
  for (const ForkFact& fork : recorder_->All<ForkFact>())
    if (fork.subject.process == IdOf(pid)) children.push_back(fork.child);
  ASSERT_THAT(children, SizeIs(1));
  EXPECT_THAT(MappedBy(static_cast<pid_t>(children[0].tgid)), ElementsAre(path));
}

// What exec itself maps belongs to the exec. /bin/true of this machine is linked to nothing but
// libc.
TEST_F(ImageTest, AgainAfterAnExec) {
  const std::string path = Library("library.so");
  std::string libc;
  for (const char* directory : {"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64"}) {
    const std::filesystem::path candidate = std::filesystem::path(directory) / "libc.so.6";
    if (std::filesystem::exists(candidate)) libc = std::filesystem::canonical(candidate);
  }
  ASSERT_NE(libc, "");
  const pid_t pid = Run([&] {
    Must(Map(open(path.c_str(), O_RDONLY), kReadExecute));
    Must(Map(open(libc.c_str(), O_RDONLY), kReadExecute));
    Exec("/bin/true", {"true"});
  });
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(MappedBy(pid), ElementsAre(path, libc, libc));
}

TEST_F(ImageTest, NoExecutableMapping) {
  const std::string path = Library("library.so");
  const pid_t pid = Run([&] {
    const int fd = open(path.c_str(), O_RDONLY);
    Must(Map(fd, PROT_READ) && Map(fd, PROT_READ | PROT_WRITE) && Map(fd, PROT_NONE));
    Must(mmap(nullptr, 4096, kReadExecute, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    Must(mmap(nullptr, 4096, kReadExecute, MAP_PRIVATE | MAP_ANONYMOUS, fd, 0) != MAP_FAILED);
    Must(!Map(fd, kReadExecute, 0));
    Must(!Map(open(path.c_str(), O_WRONLY), kReadExecute));
    Must(!Map(-1, kReadExecute));
    Must(prctl(PR_SET_NAME, "name") == 0);
    // The mappings of the program are still there.
    Must(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0) != 0);
  });
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(ImagesOf(pid), IsEmpty());
}

#ifdef __x86_64__
TEST_F(ImageTest, ExecutableReplacedByPrctl) {
  const std::string disguise = dir_.Path("disguise");
  std::filesystem::copy_file("/bin/true", disguise);
  std::filesystem::permissions(disguise, std::filesystem::perms(0755));
  const pid_t pid = Run([&] { Exec(Actor(), {"actor", "disguise", disguise}); });
  if (WEXITSTATUS(status_) == 77) GTEST_SKIP() << "prctl(PR_SET_MM) is not for this process";
  ASSERT_EQ(status_, 0);
  const std::vector<ImageFact> images = ImagesOf(pid);
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_EQ(images[0].action, ImageAction::kReplaced);
  EXPECT_EQ(images[0].path.text, disguise);
}
#endif

}  // namespace
}  // namespace pidigree
