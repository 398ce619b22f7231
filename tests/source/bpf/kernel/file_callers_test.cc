// Who acts on files otherwise than by 64-bit system calls, and files that lie elsewhere than on one
// plain mount.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/source/bpf/kernel/file_test.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kCreated = FileAction::kCreated;
constexpr auto kDeleted = FileAction::kDeleted;
constexpr auto kWritten = FileAction::kWritten;

bool Close(int fd) { return fd >= 0 && close(fd) == 0; }

bool WriteScript(const char* path, int flags) {
  const int file = open(path, O_WRONLY | flags, 0600);
  return write(file, "#!/bin/sh\n", 10) == 10 && Close(file);
}

// --- 32-bit callers -----------------------------------------------------------------------------

#ifdef __x86_64__
// A system call as 32-bit programs make it; addresses must be below 4 GiB.
long Call32(long number, const void* a, unsigned long b, unsigned long c) {
  long result = 0;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

// i386, asm/unistd_32.h
enum : uint8_t { kOpen32 = 5, kUnlink32 = 10, kGetPid32 = 20, kRename32 = 38 };

bool Runs32BitCalls() {
  const pid_t trial = fork();
  if (trial == 0) _exit(Call32(kGetPid32, nullptr, 0, 0) == getpid() ? 0 : 1);
  int status = 0;
  return waitpid(trial, &status, 0) == trial && status == 0;
}

// Makes "a", renames it to "b" and deletes that.
void ActIn32Bits() {
  char* const low = static_cast<char*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
  if (low == MAP_FAILED) _exit(126);
  std::strcpy(low, "a");
  char* const other = low + 16;
  std::strcpy(other, "b");
  const bool done = Close(static_cast<int>(Call32(kOpen32, low, O_CREAT | O_WRONLY, 0600))) &&
                    Call32(kRename32, low, reinterpret_cast<uintptr_t>(other), 0) == 0 &&
                    Call32(kUnlink32, other, 0, 0) == 0;
  if (!done) _exit(126);
}

class FileCompatTest : public FileTest {
 protected:
  void SetUp() override {
    if (!Runs32BitCalls()) GTEST_SKIP() << "this machine runs no 32-bit programs";
    FileTest::SetUp();
  }
};

TEST_F(FileCompatTest, IsSeenInFunctionsAndElseSaidToBeUnseen) {
  const pid_t child = Run([&] {
    Must(chdir(directory_.Path("").c_str()) == 0);
    ActIn32Bits();
  });
  EXPECT_EQ(status_, 0);
  if (SeesFunctions()) {
    EXPECT_THAT(PathsOf(child),
                ElementsAre(Told{kCreated, "a"}, Told{kCreated, "b"}, Told{kDeleted, "b"}));
  } else {
    EXPECT_THAT(PathsOf(child), IsEmpty());
    EXPECT_THAT(Unseen(), HasSubstr("files opened: what 32-bit programs do"));
  }
}

class FileCompatCallsTest : public FileCompatTest {
 protected:
  BpfSourceOptions Options() const override { return {.compat_syscalls = true}; }
};

TEST_F(FileCompatCallsTest, AreSeenWhereThatIsAskedFor) {
  const pid_t child = Run([&] {
    Must(chdir(directory_.Path("").c_str()) == 0);
    ActIn32Bits();
  });
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(PathsOf(child),
              ElementsAre(Told{kCreated, "a"}, Told{kCreated, "b"}, Told{kDeleted, "b"}));
  EXPECT_THAT(Unseen(), Not(HasSubstr("files opened: what 32-bit programs do")));
}
#endif

// --- io_uring -----------------------------------------------------------------------------------

// A ring that takes one request at a time.
class Ring {
 public:
  Ring() {
    io_uring_params params{};
    fd_ = static_cast<int>(syscall(SYS_io_uring_setup, 1, &params));
    if (fd_ < 0) return;
    const size_t queue_bytes = params.sq_off.array + sizeof(uint32_t);
    const size_t done_bytes = params.cq_off.cqes + 2 * sizeof(io_uring_cqe);
    queue_ = Map(queue_bytes, IORING_OFF_SQ_RING);
    done_ = Map(done_bytes, IORING_OFF_CQ_RING);
    request_ = reinterpret_cast<io_uring_sqe*>(Map(sizeof(io_uring_sqe), IORING_OFF_SQES));
    params_ = params;
  }
  bool works() const { return fd_ >= 0; }

  // Returns what the request came to, as a system call does in the kernel.
  int Do(const io_uring_sqe& request) {
    *request_ = request;
    *At(queue_, params_.sq_off.array) = 0;
    std::atomic_ref(*At(queue_, params_.sq_off.tail)).fetch_add(1);
    if (syscall(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) != 1)
      return -EIO;
    uint32_t& head = *At(done_, params_.cq_off.head);
    const uint32_t mask = *At(done_, params_.cq_off.ring_mask);
    const auto* const entries = reinterpret_cast<io_uring_cqe*>(done_ + params_.cq_off.cqes);
    const int result = entries[head & mask].res;
    std::atomic_ref(head).fetch_add(1);
    return result;
  }

 private:
  char* Map(size_t size, off_t offset) const {
    return static_cast<char*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset));
  }
  static uint32_t* At(char* ring, uint32_t offset) {
    return reinterpret_cast<uint32_t*>(ring + offset);
  }

  int fd_ = -1;
  io_uring_params params_{};
  char* queue_ = nullptr;
  char* done_ = nullptr;
  io_uring_sqe* request_ = nullptr;
};

io_uring_sqe Request(uint8_t what, const char* path) {
  io_uring_sqe request{};
  request.opcode = what;
  request.fd = AT_FDCWD;
  request.addr = reinterpret_cast<uintptr_t>(path);
  return request;
}

bool IsKernelBefore(int major, int minor) {
  utsname name{};
  int own_major = 0;
  int own_minor = 0;
  return uname(&name) == 0 && std::sscanf(name.release, "%d.%d", &own_major, &own_minor) == 2 &&
         std::pair(own_major, own_minor) < std::pair(major, minor);
}

TEST_F(FileTest, IoUringIsSeenInFunctionsAndElseSaidToBeUnseen) {
  if (IsKernelBefore(5, 12)) GTEST_SKIP() << "threads of the kernel do what is asked for";
  if (!Ring().works()) GTEST_SKIP() << "no io_uring for this process";
  const pid_t child = Run([&] {
    Must(chdir(directory_.Path("").c_str()) == 0);
    Ring ring;
    io_uring_sqe open = Request(IORING_OP_OPENAT, "a");
    open.open_flags = O_CREAT | O_WRONLY;
    open.len = 0600;
    Must(Close(ring.Do(open)));
    io_uring_sqe rename = Request(IORING_OP_RENAMEAT, "a");
    rename.len = static_cast<uint32_t>(AT_FDCWD);
    rename.off = reinterpret_cast<uintptr_t>("b");
    Must(ring.Do(rename) == 0);
    Must(ring.Do(Request(IORING_OP_UNLINKAT, "b")) == 0);
    Must(ring.Do(Request(IORING_OP_UNLINKAT, "none")) == -ENOENT);
  });
  EXPECT_EQ(status_, 0);
  if (SeesFunctions()) {
    EXPECT_THAT(PathsOf(child),
                ElementsAre(Told{kCreated, "a"}, Told{kCreated, "b"}, Told{kDeleted, "b"}));
  } else {
    EXPECT_THAT(PathsOf(child), IsEmpty());
    EXPECT_THAT(Unseen(), HasSubstr("io_uring"));
  }
}

// --- places -------------------------------------------------------------------------------------

TEST_F(FileTest, BelowABindMountHasThePathThatItsProcessSees) {
  std::filesystem::create_directories(directory_.Path("a/deep"));
  std::filesystem::create_directory(directory_.Path("b"));
  const pid_t child = Run([&] {
    Must(unshare(CLONE_NEWNS) == 0);
    Must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    Must(chdir(directory_.Path("").c_str()) == 0);
    Must(mount("a/deep", "b", nullptr, MS_BIND, nullptr) == 0);
    Must(Close(open("b/new", O_CREAT | O_WRONLY, 0600)));
    Must(unlink("a/deep/new") == 0);
  });
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(PathsOf(child), ElementsAre(Told{kCreated, "b/new"}, Told{kDeleted, "a/deep/new"}));
}

TEST_F(FileTest, OnAnOverlayIsToldOnce) {
  // 0: done, 77: no overlays here.
  const pid_t child = Run([&] {
    Must(unshare(CLONE_NEWNS) == 0);
    Must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    Must(chdir(directory_.Path("").c_str()) == 0);
    // Upper directories cannot lie on another overlay.
    Must(mount("tmpfs", ".", "tmpfs", 0, nullptr) == 0 && chdir(directory_.Path("").c_str()) == 0);
    for (const char* name : {"lower", "upper", "work", "m"}) Must(mkdir(name, 0755) == 0);
    Must(mount("overlay", "m", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") == 0 ||
         (_exit(77), false));
    Must(Close(open("m/new", O_CREAT | O_WRONLY, 0600)));
    Must(WriteScript("m/new", O_TRUNC));
    Must(rename("m/new", "m/other") == 0);
    Must(unlink("m/other") == 0);
  });
  if (WEXITSTATUS(status_) == 77) GTEST_SKIP() << "this kernel has no overlays";
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(PathsOf(child), ElementsAre(Told{kCreated, "m/new"}, Told{kWritten, "m/new"},
                                          Told{kCreated, "m/other"}, Told{kDeleted, "m/other"}));
}

TEST_F(FileTest, WrittenBelowAnOverlayIsToldOnce) {
  const pid_t child = Run([&] {
    Must(unshare(CLONE_NEWNS) == 0);
    Must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    Must(chdir(directory_.Path("").c_str()) == 0);
    Must(mount("tmpfs", ".", "tmpfs", 0, nullptr) == 0 && chdir(directory_.Path("").c_str()) == 0);
    for (const char* name : {"lower", "upper", "work", "m"}) Must(mkdir(name, 0755) == 0);
    Must(Close(open("lower/old", O_CREAT | O_WRONLY, 0600)));
    Must(mount("overlay", "m", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") == 0 ||
         (_exit(77), false));
    Must(WriteScript("m/old", O_APPEND));  // brings a copy up
    Must(unlink("m/old") == 0);            // leaves a whiteout
  });
  if (WEXITSTATUS(status_) == 77) GTEST_SKIP() << "this kernel has no overlays";
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(PathsOf(child), ElementsAre(Told{kCreated, "lower/old"}, Told{kWritten, "m/old"},
                                          Told{kDeleted, "m/old"}));
}

}  // namespace
}  // namespace pidigree
