#pragma once

#include <cstdint>

namespace pidigree {

// System calls that say something about the life of a process.
enum class SyscallKind : uint8_t {
  kOther,
  kFork,  // fork, vfork
  kClone,
  kCloneBackwards,  // clone with the flags in a1: CONFIG_CLONE_BACKWARDS2
  kClone3,
  kExec,  // execve, execveat
  kExit,  // exit: of a thread
  kExitGroup,
  kSignal,        // signal number in a1: kill, tkill, rt_sigqueueinfo, pidfd_send_signal
  kSignalThread,  // signal number in a2: tgkill, rt_tgsigqueueinfo
  kWait,          // wait4, waitpid: options in a2
  kUnshare,
  kSetns,
};

// Values of arch= (AUDIT_ARCH_* of linux/audit.h).
constexpr uint32_t kArchX86_64 = 0xc000003e;
constexpr uint32_t kArchI386 = 0x40000003;
constexpr uint32_t kArchAarch64 = 0xc00000b7;
constexpr uint32_t kArchArm = 0x40000028;
constexpr uint32_t kArchPpc64le = 0xc0000015;
constexpr uint32_t kArchRiscv64 = 0xc00000f3;
constexpr uint32_t kArchS390x = 0x80000016;

bool IsKnownArch(uint32_t arch);

// What system call `number` of `arch` is. Unknown architectures have kOther only.
// x86-64 includes x32 (bit 30 of the number).
SyscallKind FindSyscall(uint32_t arch, uint32_t number);

}  // namespace pidigree
