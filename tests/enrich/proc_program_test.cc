#include "src/enrich/proc_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "src/base/read_file.h"
#include "src/enrich/proc_stat.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using namespace std::literals;

constexpr size_t kEnough = 4096;

// A child that runs `program` from a file descriptor until it goes out of scope. Waits until it
// does.
class Child {
 public:
  Child(int program, std::vector<const char*> arguments) {
    arguments.push_back(nullptr);
    int running[2];  // closed by a successful exec
    if (pipe2(running, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      fexecve(program, const_cast<char**>(arguments.data()), environ);
      _exit(127);
    }
    close(running[1]);
    char byte;
    if (read(running[0], &byte, 1) != 0) std::abort();
    close(running[0]);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  ProcessKey process() const {
    const std::string path = "/proc/" + std::to_string(pid_) + "/stat";
    const Result<std::string> line = ReadFile(path, kEnough);
    return {static_cast<uint32_t>(pid_), ParseProcStat(*line)->start_ticks * 10'000'000 + 1};
  }

 private:
  pid_t pid_;
};

class ProcProgramTest : public testing::Test {
 protected:
  // A copy of sleep(1), open.
  int CopyOfSleep() {
    std::filesystem::copy_file("/bin/sleep", copy_);
    return open(copy_.c_str(), O_RDONLY | O_CLOEXEC);
  }

  TempDir directory_;
  std::string copy_ = directory_.Path("nap (deleted)");
  ProcProgram program_;
};

TEST_F(ProcProgramTest, ReadsWhatAProcessRuns) {
  const int file = CopyOfSleep();
  const Child child(file, {"nap", "1000"});
  ASSERT_TRUE(ReadProcProgram("/proc", child.process(), kEnough, program_));
  EXPECT_EQ(program_.image, copy_) << "the file's name itself ends so";
  EXPECT_EQ(program_.arguments, "nap\0001000"s);
  EXPECT_FALSE(program_.arguments_cut);
  EXPECT_EQ(program_.cwd, std::filesystem::current_path());
  EXPECT_EQ(program_.ppid, static_cast<uint32_t>(getpid()));
  struct stat status {};
  ASSERT_EQ(fstat(file, &status), 0);
  EXPECT_EQ(program_.executable.inode, status.st_ino);
  EXPECT_EQ(program_.executable.size, static_cast<uint64_t>(status.st_size));
  EXPECT_EQ(program_.executable.links, 1u);
  close(file);
}

TEST_F(ProcProgramTest, KeepsThePathOfAnUnlinkedFile) {
  const int file = CopyOfSleep();
  const Child child(file, {"nap", "1000"});
  ASSERT_EQ(unlink(copy_.c_str()), 0);
  ASSERT_TRUE(ReadProcProgram("/proc", child.process(), kEnough, program_));
  EXPECT_EQ(program_.image, copy_);
  EXPECT_EQ(program_.executable.links, 0u);
  close(file);
}

TEST_F(ProcProgramTest, NamesAMemfdWithoutASlash) {
  const int file = CopyOfSleep();
  const int memory = memfd_create("secret", MFD_CLOEXEC);
  char buffer[4096];
  for (ssize_t got; (got = read(file, buffer, sizeof buffer)) > 0;)
    ASSERT_EQ(write(memory, buffer, static_cast<size_t>(got)), got);
  const Child child(memory, {"nap", "1000"});
  ASSERT_TRUE(ReadProcProgram("/proc", child.process(), kEnough, program_));
  EXPECT_EQ(program_.image, "memfd:secret");
  close(memory);
  close(file);
}

TEST_F(ProcProgramTest, ReadsOfAProcessWithoutItsFirstThreadWhatTheOthersRun) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::thread([&] {
      close(ready[1]);
      pause();
    }).detach();
    syscall(SYS_exit, 0);
  }
  close(ready[1]);
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 0);
  close(ready[0]);
  const std::string directory = "/proc/" + std::to_string(child);
  std::string line = *ReadFile(directory + "/stat", kEnough);
  while (line.find(") Z ") == line.npos) line = *ReadFile(directory + "/stat", kEnough);
  const uint64_t start_ns = ParseProcStat(line)->start_ticks * 10'000'000;
  EXPECT_TRUE(
      ReadProcProgram("/proc", {static_cast<uint32_t>(child), start_ns}, kEnough, program_));
  EXPECT_EQ(program_.image, std::filesystem::read_symlink("/proc/self/exe"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(ProcProgramTest, KnowsAKernelThread) {
  const Result<std::string> line = ReadFile("/proc/2/stat", kEnough);
  if (!line || ParseProcStat(*line)->comm != "kthreadd") GTEST_SKIP() << "pid 2 is not kthreadd";
  const uint64_t start_ns = ParseProcStat(*line)->start_ticks * 10'000'000;
  ASSERT_TRUE(ReadProcProgram("/proc", {2, start_ns}, kEnough, program_));
  EXPECT_TRUE(program_.kernel_thread);
  EXPECT_EQ(program_.comm, "kthreadd");
  EXPECT_EQ(program_.image, "");
}

TEST_F(ProcProgramTest, CutsLongArguments) {
  const int file = CopyOfSleep();
  const Child child(file, {"nap", "1000"});
  ASSERT_TRUE(ReadProcProgram("/proc", child.process(), 5, program_));
  EXPECT_EQ(program_.arguments, "nap\0001"s);
  EXPECT_TRUE(program_.arguments_cut);
  close(file);
}

TEST_F(ProcProgramTest, TakesNobodyElseForAProcessThatHasEnded) {
  const int file = CopyOfSleep();
  const Child child(file, {"nap", "1000"});
  ProcessKey former = child.process();
  former.start_ns -= 10'000'000;
  EXPECT_FALSE(ReadProcProgram("/proc", former, kEnough, program_));
  EXPECT_FALSE(ReadProcProgram("/proc", {0, 1}, kEnough, program_));
  close(file);
}

}  // namespace
}  // namespace pidigree
