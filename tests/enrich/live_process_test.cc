#include "src/enrich/live_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

// A /proc of our own.
class LiveProcessTest : public testing::Test {
 protected:
  LiveProcessTest() {
    for (const char* name : {"proc/self/ns", "proc/sys/kernel/random", "proc/42"})
      std::filesystem::create_directories(dir_.Path(name));
    SetPidNamespace("pid:[4026531836]");
    dir_.Write("proc/self/timens_offsets",
               "monotonic           0         0\n"
               "boottime            0         0\n");
    dir_.Write("proc/sys/kernel/random/boot_id", "0d9f2c11-6f0a-4b9e-8c55-5a4be19d7e02\n");
    dir_.Write("machine-id", "8f3c0a1be52d4e7f9a0b1c2d3e4f5061\n");
    dir_.Write("proc/42/status", "Name:\tcron\nTgid:\t42\nPid:\t42\n");
    dir_.Write("proc/42/stat", "42 (cron) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                   std::to_string(2560 * sysconf(_SC_CLK_TCK) / 100) + " 0\n");
  }
  void SetPidNamespace(const char* name) {
    const std::string link = dir_.Path("proc/self/ns/pid");
    unlink(link.c_str());
    ASSERT_EQ(symlink(name, link.c_str()), 0);
  }
  std::string ErrorOf(uint32_t pid) const {
    const auto process = FindLiveProcess(pid, host_);
    return process ? "" : process.error().message;
  }

  const TempDir dir_;
  const HostPaths host_{dir_.Path("proc"), dir_.Path("machine-id")};
};

TEST_F(LiveProcessTest, GuidIsMachineBootStartAndPid) {
  const auto process = FindLiveProcess(42, host_);
  ASSERT_TRUE(process.has_value()) << process.error().message;
  char text[Guid::kTextSize];
  FormatGuid(process->guid, text);
  EXPECT_EQ(std::string(text, sizeof text), "{8f3c0a1b-0d9f-2c11-0000-000a0000002a}");
  EXPECT_EQ(process->comm, "cron");
}

TEST_F(LiveProcessTest, RefusesAThreadAndNamesItsProcess) {
  dir_.Write("proc/42/status", "Name:\tcron\nTgid:\t7\nPid:\t42\n");
  EXPECT_EQ(ErrorOf(42), "42 is a thread of process 7, not a process");
}

TEST_F(LiveProcessTest, SaysThatThereIsNoSuchProcess) {
  EXPECT_EQ(ErrorOf(43), "there is no process 43");
}

TEST_F(LiveProcessTest, RefusesOutsideTheInitialPidNamespace) {
  SetPidNamespace("pid:[4026532177]");
  EXPECT_EQ(ErrorOf(42),
            "not in the initial PID namespace: process ids here are not those of the host");
}

TEST_F(LiveProcessTest, RefusesAShiftedBootTime) {
  dir_.Write("proc/self/timens_offsets", "monotonic 0 0\nboottime 3600 0\n");
  EXPECT_EQ(ErrorOf(42),
            "in a time namespace that shifts the boot time: start times here are not those of the "
            "host");
}

TEST_F(LiveProcessTest, WorksWithoutTimeNamespaces) {
  unlink(dir_.Path("proc/self/timens_offsets").c_str());
  EXPECT_EQ(ErrorOf(42), "");
}

}  // namespace
}  // namespace pidigree
