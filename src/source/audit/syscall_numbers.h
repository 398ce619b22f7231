// Made by make_syscall_numbers.sh of the headers of Linux 6.1.

#pragma once

#include <cstdint>

#include "src/source/audit/syscall_table.h"

namespace pidigree::syscall_numbers {

struct SyscallNumber {
  uint16_t number;
  SyscallKind kind;
};

// include/x86_64-linux-gnu/asm/unistd_64.h
constexpr SyscallNumber kX86_64[] = {
    {56, SyscallKind::kClone},          // clone
    {57, SyscallKind::kFork},           // fork
    {58, SyscallKind::kFork},           // vfork
    {59, SyscallKind::kExec},           // execve
    {60, SyscallKind::kExit},           // exit
    {61, SyscallKind::kWait},           // wait4
    {62, SyscallKind::kSignal},         // kill
    {129, SyscallKind::kSignal},        // rt_sigqueueinfo
    {200, SyscallKind::kSignal},        // tkill
    {231, SyscallKind::kExitGroup},     // exit_group
    {234, SyscallKind::kSignalThread},  // tgkill
    {272, SyscallKind::kUnshare},       // unshare
    {297, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {308, SyscallKind::kSetns},         // setns
    {322, SyscallKind::kExec},          // execveat
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
};

// include/x86_64-linux-gnu/asm/unistd_x32.h
constexpr SyscallNumber kX32[] = {
    {56, SyscallKind::kClone},          // clone
    {57, SyscallKind::kFork},           // fork
    {58, SyscallKind::kFork},           // vfork
    {60, SyscallKind::kExit},           // exit
    {61, SyscallKind::kWait},           // wait4
    {62, SyscallKind::kSignal},         // kill
    {200, SyscallKind::kSignal},        // tkill
    {231, SyscallKind::kExitGroup},     // exit_group
    {234, SyscallKind::kSignalThread},  // tgkill
    {272, SyscallKind::kUnshare},       // unshare
    {308, SyscallKind::kSetns},         // setns
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
    {520, SyscallKind::kExec},          // execve
    {524, SyscallKind::kSignal},        // rt_sigqueueinfo
    {536, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {545, SyscallKind::kExec},          // execveat
};

// include/x86_64-linux-gnu/asm/unistd_32.h
constexpr SyscallNumber kI386[] = {
    {1, SyscallKind::kExit},            // exit
    {2, SyscallKind::kFork},            // fork
    {7, SyscallKind::kWait},            // waitpid
    {11, SyscallKind::kExec},           // execve
    {37, SyscallKind::kSignal},         // kill
    {114, SyscallKind::kWait},          // wait4
    {120, SyscallKind::kClone},         // clone
    {178, SyscallKind::kSignal},        // rt_sigqueueinfo
    {190, SyscallKind::kFork},          // vfork
    {238, SyscallKind::kSignal},        // tkill
    {252, SyscallKind::kExitGroup},     // exit_group
    {270, SyscallKind::kSignalThread},  // tgkill
    {310, SyscallKind::kUnshare},       // unshare
    {335, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {346, SyscallKind::kSetns},         // setns
    {358, SyscallKind::kExec},          // execveat
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
};

// include/asm-generic/unistd.h
constexpr SyscallNumber kGeneric[] = {
    {93, SyscallKind::kExit},           // exit
    {94, SyscallKind::kExitGroup},      // exit_group
    {97, SyscallKind::kUnshare},        // unshare
    {129, SyscallKind::kSignal},        // kill
    {130, SyscallKind::kSignal},        // tkill
    {131, SyscallKind::kSignalThread},  // tgkill
    {138, SyscallKind::kSignal},        // rt_sigqueueinfo
    {220, SyscallKind::kClone},         // clone
    {221, SyscallKind::kExec},          // execve
    {240, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {260, SyscallKind::kWait},          // wait4
    {268, SyscallKind::kSetns},         // setns
    {281, SyscallKind::kExec},          // execveat
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
};

// asm/unistd-eabi.h
constexpr SyscallNumber kArm[] = {
    {1, SyscallKind::kExit},            // exit
    {2, SyscallKind::kFork},            // fork
    {11, SyscallKind::kExec},           // execve
    {37, SyscallKind::kSignal},         // kill
    {114, SyscallKind::kWait},          // wait4
    {120, SyscallKind::kClone},         // clone
    {178, SyscallKind::kSignal},        // rt_sigqueueinfo
    {190, SyscallKind::kFork},          // vfork
    {238, SyscallKind::kSignal},        // tkill
    {248, SyscallKind::kExitGroup},     // exit_group
    {268, SyscallKind::kSignalThread},  // tgkill
    {337, SyscallKind::kUnshare},       // unshare
    {363, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {375, SyscallKind::kSetns},         // setns
    {387, SyscallKind::kExec},          // execveat
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
};

// asm/unistd_64.h
constexpr SyscallNumber kPowerpc64[] = {
    {1, SyscallKind::kExit},            // exit
    {2, SyscallKind::kFork},            // fork
    {7, SyscallKind::kWait},            // waitpid
    {11, SyscallKind::kExec},           // execve
    {37, SyscallKind::kSignal},         // kill
    {114, SyscallKind::kWait},          // wait4
    {120, SyscallKind::kClone},         // clone
    {177, SyscallKind::kSignal},        // rt_sigqueueinfo
    {189, SyscallKind::kFork},          // vfork
    {208, SyscallKind::kSignal},        // tkill
    {234, SyscallKind::kExitGroup},     // exit_group
    {250, SyscallKind::kSignalThread},  // tgkill
    {282, SyscallKind::kUnshare},       // unshare
    {322, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {350, SyscallKind::kSetns},         // setns
    {362, SyscallKind::kExec},          // execveat
    {424, SyscallKind::kSignal},        // pidfd_send_signal
    {435, SyscallKind::kClone3},        // clone3
};

// asm/unistd_64.h
constexpr SyscallNumber kS390x[] = {
    {1, SyscallKind::kExit},              // exit
    {2, SyscallKind::kFork},              // fork
    {11, SyscallKind::kExec},             // execve
    {37, SyscallKind::kSignal},           // kill
    {114, SyscallKind::kWait},            // wait4
    {120, SyscallKind::kCloneBackwards},  // clone
    {178, SyscallKind::kSignal},          // rt_sigqueueinfo
    {190, SyscallKind::kFork},            // vfork
    {237, SyscallKind::kSignal},          // tkill
    {241, SyscallKind::kSignalThread},    // tgkill
    {248, SyscallKind::kExitGroup},       // exit_group
    {303, SyscallKind::kUnshare},         // unshare
    {330, SyscallKind::kSignalThread},    // rt_tgsigqueueinfo
    {339, SyscallKind::kSetns},           // setns
    {354, SyscallKind::kExec},            // execveat
    {424, SyscallKind::kSignal},          // pidfd_send_signal
    {435, SyscallKind::kClone3},          // clone3
};

}  // namespace pidigree::syscall_numbers
