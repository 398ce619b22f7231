// Which file a process runs: found by the kernel's own objects, whatever name the caller used.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

class ExecutableTest : public LiveTest {
 protected:
  ExecutableTest() { fs::permissions(dir_.Path(""), fs::perms(0755)); }

  // A copy of `actor` at this place below the directory of the test.
  std::string CopyActor(const std::string& name) const {
    const fs::path path = dir_.Path(name);
    fs::create_directories(path.parent_path());
    fs::copy_file(Actor(), path);
    fs::permissions(path, fs::perms(0755));
    return path;
  }

  std::string Script(const std::string& name, const std::string& interpreter) const {
    const std::string path = dir_.Write(name, "#!" + interpreter + "\n");
    fs::permissions(path, fs::perms(0755));
    return path;
  }

  // The only exec of the last Run().
  ExecFact TheExec() const {
    const std::vector<ExecFact> execs = recorder_->All<ExecFact>();
    EXPECT_THAT(execs, SizeIs(1));
    return execs.empty() ? ExecFact{} : execs.front();
  }

  // For bodies of Run().
  [[noreturn]] static void ExecFd(int fd) {
    const char* const argv[] = {"by-descriptor", nullptr};
    const char* const no_environment[] = {nullptr};
    syscall(SYS_execveat, fd, "", argv, no_environment, AT_EMPTY_PATH);
    _exit(127);
  }

  const TempDir dir_;
};

int64_t Nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

TEST_F(ExecutableTest, IdentityIsThatOfStat) {
  const std::string path = CopyActor("program");
  fs::create_hard_link(path, dir_.Path("second name"));
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  Run([&] { Exec(path, {"program"}); });
  const FileIdentity executable = TheExec().executable;
  // MKDEV() of include/linux/kdev_t.h
  EXPECT_EQ(executable.device, uint64_t{major(status.st_dev)} << 20 | minor(status.st_dev));
  EXPECT_EQ(executable.inode, status.st_ino);
  EXPECT_EQ(executable.size, static_cast<uint64_t>(status.st_size));
  EXPECT_EQ(executable.mtime_ns, Nanoseconds(status.st_mtim));
  EXPECT_EQ(executable.ctime_ns, Nanoseconds(status.st_ctim));
  EXPECT_EQ(executable.links, 2u);
  EXPECT_FALSE(TheExec().image.unlinked);
}

TEST_F(ExecutableTest, SymbolicLinksAreResolved) {
  const std::string path = CopyActor("real/program");
  fs::create_directory_symlink(dir_.Path("real"), dir_.Path("link"));
  fs::create_symlink("program", dir_.Path("real/alias"));
  Run([&] { Exec(dir_.Path("link/../link/./alias"), {"alias"}); });
  EXPECT_EQ(TheExec().image.text, path);
  EXPECT_EQ(TheExec().comm, "alias");
}

TEST_F(ExecutableTest, ArgumentsDoNotDecide) {
  const std::string path = CopyActor("program");
  Run([&] { Exec(path, {"/usr/sbin/sshd"}); });
  EXPECT_EQ(TheExec().image.text, path);
}

TEST_F(ExecutableTest, MemfdHasAName) {
  const int fd = memfd_create("evil", 0);
  ASSERT_GE(fd, 0);
  const int from = open(Actor().c_str(), O_RDONLY | O_CLOEXEC);
  const auto size = static_cast<off_t>(fs::file_size(Actor()));
  for (off_t at = 0; at < size;) ASSERT_GT(sendfile(fd, from, &at, size_t{1} << 30), 0);
  Run([&] { ExecFd(fd); });
  EXPECT_EQ(TheExec().image.text, "memfd:evil");
  EXPECT_EQ(TheExec().executable.links, 0u);
  EXPECT_FALSE(TheExec().image.cut);
  close(fd);
  close(from);
}

TEST_F(ExecutableTest, FileNamedLikeAMemfdIsAFile) {
  const std::string path = CopyActor("memfd:evil");
  Run([&] { Exec(path, {"program"}); });
  EXPECT_EQ(TheExec().image.text, path);
}

TEST_F(ExecutableTest, OpenedAsAPathOnly) {
  const std::string path = CopyActor("program");
  Run([&] { ExecFd(open(path.c_str(), O_PATH | O_CLOEXEC)); });
  EXPECT_EQ(TheExec().image.text, path);
}

TEST_F(ExecutableTest, UnlinkedKeepsThePathItHad) {
  const std::string path = CopyActor("program");
  Run([&] {
    const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
    Must(unlink(path.c_str()) == 0);
    ExecFd(fd);
  });
  EXPECT_EQ(TheExec().image.text, path);
  EXPECT_TRUE(TheExec().image.unlinked);
  EXPECT_EQ(TheExec().executable.links, 0u);
}

TEST_F(ExecutableTest, NameThatOnlyLooksUnlinked) {
  const std::string path = CopyActor("program (deleted)");
  Run([&] { Exec(path, {"program"}); });
  EXPECT_EQ(TheExec().image.text, path);
  EXPECT_FALSE(TheExec().image.unlinked);
}

TEST_F(ExecutableTest, OfAScriptTheInterpreter) {
  const std::string interpreter = CopyActor("interpreter");
  const std::string script = Script("script", interpreter + " word");
  Run([&] { Exec(script, {"what the caller says", "argument"}); });
  EXPECT_EQ(TheExec().image.text, interpreter);
  const std::string arguments =
      interpreter + '\0' + "word" + '\0' + script + '\0' + "argument" + '\0';
  EXPECT_EQ(TheExec().arguments, arguments);
}

TEST_F(ExecutableTest, OfANestedScriptTheLastInterpreter) {
  const std::string interpreter = CopyActor("interpreter");
  const std::string inner = Script("inner", interpreter);
  const std::string outer = Script("outer", inner);
  Run([&] { Exec(outer, {"outer"}); });
  EXPECT_EQ(TheExec().image.text, interpreter);
  EXPECT_EQ(TheExec().arguments, interpreter + '\0' + inner + '\0' + outer + '\0');
}

TEST_F(ExecutableTest, SetUserId) {
  const std::string path = CopyActor("program");
  ASSERT_EQ(chown(path.c_str(), 1234, 0), 0);
  fs::permissions(path, fs::perms(04755));
  Run([&] {
    Must(setgid(65534) == 0 && setuid(65534) == 0);
    Exec(path, {"program"});
  });
  EXPECT_EQ(TheExec().subject.ids.uid, 65534u);
  EXPECT_EQ(TheExec().subject.ids.euid, 1234u);
  EXPECT_EQ(ForkOf(TheChild()).subject.ids.uid, 0u);
  EXPECT_EQ(ExitOf(TheChild()).subject.ids.uid, 65534u);
}

TEST_F(ExecutableTest, Of32Bits) {
  const std::string program = ProgramPath("i386_actor");
  int status = 0;
  const pid_t trial = fork();
  if (trial == 0) Exec(program, {"i386_actor", "/nonexistent"});
  ASSERT_EQ(waitpid(trial, &status, 0), trial);
  if (WEXITSTATUS(status) == 127) GTEST_SKIP() << "this machine runs no 32-bit programs";
  PollUntil([&] { return recorder_->alive() == 0; });

  Run([&] { Exec(program, {"i386_actor", Actor(), "argument"}); });
  EXPECT_EQ(WEXITSTATUS(status_), 9);
  const std::vector<ExecFact> execs = recorder_->All<ExecFact>();
  const ExecFact of_child = execs.back();
  EXPECT_EQ(of_child.image.text, Actor());
  EXPECT_EQ(of_child.arguments, Actor() + '\0' + "argument" + '\0');
  const ForkFact fork = ForkOf(of_child.subject.process.tgid);
  ASSERT_THAT(ExecsOf(fork.subject.process.tgid), SizeIs(1));
  EXPECT_EQ(ExecsOf(fork.subject.process.tgid)[0].image.text, program);
}

TEST_F(ExecutableTest, ChrootCannotChooseThePath) {
  const std::string path = CopyActor("root/usr/bin/true");
  fs::create_directory(dir_.Path("root/home"));
  Run([&] {
    Must(chroot(dir_.Path("root").c_str()) == 0 && chdir("/home") == 0);
    Exec("/usr/bin/true", {"true"});
  });
  EXPECT_EQ(TheExec().image.text, path);
  EXPECT_EQ(TheExec().cwd.text, dir_.Path("root/home"));
}

void EnterMountNamespace() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    _exit(126);
}

TEST_F(ExecutableTest, PathInAMountNamespaceIsItsOwn) {
  const std::string place = dir_.Path("place");
  fs::create_directories(place + "/hidden");
  const std::string host = CopyActor("host/program");
  struct stat of_test;
  ASSERT_EQ(stat("/proc/self/ns/mnt", &of_test), 0);
  Run([&] {
    EnterMountNamespace();
    Must(mount("none", place.c_str(), "tmpfs", 0, nullptr) == 0);
    Must(mkdir((place + "/bin").c_str(), 0755) == 0);
    Must(mount(dir_.Path("host").c_str(), (place + "/bin").c_str(), nullptr, MS_BIND, nullptr) ==
         0);
    Exec(place + "/bin/program", {"program"});
  });
  EXPECT_EQ(TheExec().image.text, place + "/bin/program");
  EXPECT_NE(TheExec().place.mount_namespace, of_test.st_ino);
  EXPECT_EQ(ForkOf(TheChild()).place.mount_namespace, of_test.st_ino);
}

// Somebody's own mount namespace can hold anything at /usr/bin/true; a program that comes from
// there by a descriptor does not get that name here.
TEST_F(ExecutableTest, PathInAForeignMountNamespaceIsMarked) {
  const std::string place = dir_.Path("place");
  fs::create_directory(place);
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  Run([&] {
    const pid_t child = fork();
    if (child == 0) {
      EnterMountNamespace();
      Must(mount("none", place.c_str(), "tmpfs", 0, nullptr) == 0);
      fs::copy_file(Actor(), place + "/program");
      Must(write(ready[1], "", 1) == 1);
      for (;;) pause();
    }
    char byte;
    Must(read(ready[0], &byte, 1) == 1);
    const std::string inside = "/proc/" + std::to_string(child) + "/root" + place + "/program";
    const int fd = open(inside.c_str(), O_PATH | O_CLOEXEC);
    const pid_t second = fork();
    if (second == 0) ExecFd(fd);
    waitpid(second, nullptr, 0);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  });
  EXPECT_EQ(TheExec().image.text, "(unreachable)" + place + "/program");
}

TEST_F(ExecutableTest, PathOnAnOverlayIsTheMergedOne) {
  for (const char* name : {"lower", "upper", "work", "merged"})
    fs::create_directory(dir_.Path(name));
  CopyActor("lower/program");
  const std::string options = "lowerdir=" + dir_.Path("lower") + ",upperdir=" + dir_.Path("upper") +
                              ",workdir=" + dir_.Path("work");
  constexpr int kNoOverlay = 77;
  Run([&] {
    EnterMountNamespace();
    // An overlay cannot be the upper layer of another.
    if (mount("none", dir_.Path("merged").c_str(), "overlay", 0, options.c_str()) != 0)
      _exit(kNoOverlay);
    Exec(dir_.Path("merged/program"), {"program"});
  });
  if (WEXITSTATUS(status_) == kNoOverlay) GTEST_SKIP() << "no overlay can be mounted here";
  EXPECT_EQ(TheExec().image.text, dir_.Path("merged/program"));
  EXPECT_EQ(TheExec().executable.size, fs::file_size(Actor()));
}

TEST_F(ExecutableTest, InnerPidNamespace) {
  struct stat of_test;
  ASSERT_EQ(stat("/proc/self/ns/pid", &of_test), 0);
  std::array<int, 2> numbers{};
  ASSERT_EQ(pipe(numbers.data()), 0);
  Run([&] {
    Must(unshare(CLONE_NEWPID) == 0);
    const pid_t child = fork();
    if (child == 0) Exec(Actor(), {"actor", getpid() == 1 ? "first" : "wrong"});
    Must(write(numbers[1], &child, sizeof(child)) == sizeof(child));
    waitpid(child, nullptr, 0);
  });
  pid_t child = 0;
  ASSERT_EQ(read(numbers[0], &child, sizeof(child)), ssize_t{sizeof(child)});
  EXPECT_EQ(TheExec().subject.process.tgid, static_cast<uint32_t>(child));
  EXPECT_EQ(TheExec().arguments, std::string_view("actor\0first\0", 12));
  EXPECT_NE(TheExec().place.pid_namespace, of_test.st_ino);
  EXPECT_EQ(ForkOf(TheExec().subject.process.tgid).place.pid_namespace,
            TheExec().place.pid_namespace);
  EXPECT_EQ(ForkOf(TheExec().present_parent.tgid).place.pid_namespace, of_test.st_ino);
}

}  // namespace
}  // namespace pidigree
