#include "src/source/audit/syscall_table.h"

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <map>
#include <ostream>
#include <string>

namespace pidigree {
namespace {

using Kinds = std::map<std::string, SyscallKind>;

// Every system call that matters to us, by name.
const Kinds kKinds = {
    {"fork", SyscallKind::kFork},
    {"vfork", SyscallKind::kFork},
    {"clone", SyscallKind::kClone},
    {"clone3", SyscallKind::kClone3},
    {"execve", SyscallKind::kExec},
    {"execveat", SyscallKind::kExec},
    {"exit", SyscallKind::kExit},
    {"exit_group", SyscallKind::kExitGroup},
    {"kill", SyscallKind::kSignal},
    {"tkill", SyscallKind::kSignal},
    {"rt_sigqueueinfo", SyscallKind::kSignal},
    {"pidfd_send_signal", SyscallKind::kSignal},
    {"tgkill", SyscallKind::kSignalThread},
    {"rt_tgsigqueueinfo", SyscallKind::kSignalThread},
    {"wait4", SyscallKind::kWait},
    {"waitpid", SyscallKind::kWait},
    {"unshare", SyscallKind::kUnshare},
    {"setns", SyscallKind::kSetns},
};

struct Case {
  const char* name;
  uint32_t arch;
  const char* header;     // one "#define __NR_<name> <number>" for each system call
  const char* elsewhere;  // the same, where a distribution without multiarch has it
  uint32_t bit;           // added to each number
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class SyscallTable : public testing::TestWithParam<Case> {};

// Compares every number, so that neither a wrong nor a missing entry passes.
TEST_P(SyscallTable, AgreesWithTheKernelsHeader) {
  std::ifstream header(GetParam().header);
  if (!header) header.open(GetParam().elsewhere);
  if (!header) GTEST_SKIP() << "this machine has no " << GetParam().header;
  std::string line;
  size_t matched = 0;
  while (std::getline(header, line)) {
    char name[128];
    char number[128];
    if (std::sscanf(line.c_str(), "#define __NR_%127s %127[^/]", name, number) != 2) continue;
    std::string digits = number;
    if (digits.starts_with("(__X32_SYSCALL_BIT + ")) digits = digits.substr(21);
    if (!std::isdigit(static_cast<unsigned char>(digits[0]))) continue;
    const auto found = kKinds.find(name);
    const SyscallKind expected = found == kKinds.end() ? SyscallKind::kOther : found->second;
    const auto value = static_cast<uint32_t>(std::stoul(digits)) | GetParam().bit;
    EXPECT_EQ(FindSyscall(GetParam().arch, value), expected) << name << " " << value;
    matched += found != kKinds.end();
  }
  EXPECT_GT(matched, 10u);
}

INSTANTIATE_TEST_SUITE_P(
    Arch, SyscallTable,
    testing::Values(Case{"X86_64", kArchX86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
                         "/usr/include/asm/unistd_64.h", 0},
                    Case{"X32", kArchX86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h",
                         "/usr/include/asm/unistd_x32.h", 0x40000000},
                    Case{"I386", kArchI386, "/usr/include/x86_64-linux-gnu/asm/unistd_32.h",
                         "/usr/include/asm/unistd_32.h", 0},
                    Case{"Aarch64", kArchAarch64, "/usr/include/asm-generic/unistd.h",
                         "/usr/include/asm-generic/unistd.h", 0}),
    [](const auto& row) { return std::string(row.param.name); });

struct NumberCase {
  uint32_t arch;
  uint32_t number;
  SyscallKind kind;
};

// arch/arm/tools/syscall.tbl, and likewise of the others.
TEST(Syscall, OfOtherArchitectures) {
  for (const NumberCase& call : {
           NumberCase{kArchArm, 2, SyscallKind::kFork},
           {kArchArm, 11, SyscallKind::kExec},
           {kArchArm, 387, SyscallKind::kExec},
           {kArchArm, 120, SyscallKind::kClone},
           {kArchArm, 190, SyscallKind::kFork},
           {kArchArm, 248, SyscallKind::kExitGroup},
           {kArchArm, 268, SyscallKind::kSignalThread},
           {kArchPpc64le, 11, SyscallKind::kExec},
           {kArchPpc64le, 362, SyscallKind::kExec},
           {kArchPpc64le, 120, SyscallKind::kClone},
           {kArchPpc64le, 189, SyscallKind::kFork},
           {kArchPpc64le, 234, SyscallKind::kExitGroup},
           {kArchS390x, 11, SyscallKind::kExec},
           {kArchS390x, 354, SyscallKind::kExec},
           {kArchS390x, 120, SyscallKind::kCloneBackwards},
           {kArchS390x, 190, SyscallKind::kFork},
           {kArchS390x, 248, SyscallKind::kExitGroup},
           {kArchS390x, 435, SyscallKind::kClone3},
           {kArchRiscv64, 220, SyscallKind::kClone},
           {kArchRiscv64, 221, SyscallKind::kExec},
           {kArchRiscv64, 94, SyscallKind::kExitGroup},
       })
    EXPECT_EQ(FindSyscall(call.arch, call.number), call.kind) << call.arch << " " << call.number;
}

TEST(Syscall, UnknownArchitecturesAndNumbersAreOther) {
  EXPECT_FALSE(IsKnownArch(0xc0000008));  // mips64
  EXPECT_EQ(FindSyscall(0xc0000008, 5057), SyscallKind::kOther);
  EXPECT_EQ(FindSyscall(kArchX86_64, 4294967295u), SyscallKind::kOther);
  EXPECT_EQ(FindSyscall(kArchI386, 0x40000000u + 2), SyscallKind::kOther);
}

}  // namespace
}  // namespace pidigree
