#!/bin/sh
# Writes syscall_numbers.h: the system calls of SyscallKind on each architecture, from the headers
# that the kernel makes of its tables (arch/*/syscalls/*.tbl, include/uapi/asm-generic/unistd.h).
#
#   apt-get download linux-libc-dev linux-libc-dev-armhf-cross linux-libc-dev-ppc64el-cross \
#                    linux-libc-dev-s390x-cross
#   for package in linux-libc-dev*.deb; do dpkg -x $package ROOT; done
#   src/source/audit/make_syscall_numbers.sh ROOT | clang-format-14 --assume-filename=x.h > src/source/audit/syscall_numbers.h
set -eu
root=${1:?the folder with the headers}/usr

# table NAME HEADER CLONE: CLONE is the kind of clone(2) there.
table() {
  echo
  echo "// ${2#*/include/}"
  echo "constexpr SyscallNumber $1[] = {"
  awk -v clone="$3" '
    BEGIN {
      kind["fork"] = kind["vfork"] = "kFork"
      kind["clone"] = clone
      kind["clone3"] = "kClone3"
      kind["execve"] = kind["execveat"] = "kExec"
      kind["exit"] = "kExit"
      kind["exit_group"] = "kExitGroup"
      kind["kill"] = kind["tkill"] = kind["rt_sigqueueinfo"] = kind["pidfd_send_signal"] = "kSignal"
      kind["tgkill"] = kind["rt_tgsigqueueinfo"] = "kSignalThread"
      kind["wait4"] = kind["waitpid"] = "kWait"
      kind["unshare"] = "kUnshare"
      kind["setns"] = "kSetns"
    }
    $1 == "#define" && sub(/^__NR_/, "", $2) && $2 in kind {
      gsub(/\(?__(X32_SYSCALL_BIT|NR_SYSCALL_BASE) \+ |\)/, "")
      printf "    {%d, SyscallKind::%s},  // %s\n", $3, kind[$2], $2
    }' "$root/$2"
  echo "};"
}

cat << 'END'
// Made by make_syscall_numbers.sh of the headers of Linux 6.1.

#pragma once

#include <cstdint>

#include "src/source/audit/syscall_table.h"

namespace pidigree::syscall_numbers {

struct SyscallNumber {
  uint16_t number;
  SyscallKind kind;
};
END
table kX86_64 include/x86_64-linux-gnu/asm/unistd_64.h kClone
table kX32 include/x86_64-linux-gnu/asm/unistd_x32.h kClone
table kI386 include/x86_64-linux-gnu/asm/unistd_32.h kClone
table kGeneric include/asm-generic/unistd.h kClone
table kArm arm-linux-gnueabihf/include/asm/unistd-eabi.h kClone
table kPowerpc64 powerpc64le-linux-gnu/include/asm/unistd_64.h kClone
table kS390x s390x-linux-gnu/include/asm/unistd_64.h kCloneBackwards
echo
echo "}  // namespace pidigree::syscall_numbers"
