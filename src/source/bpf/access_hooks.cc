#include "src/source/bpf/access_hooks.h"

#include <access.skel.h>

namespace pidigree {
namespace {

constexpr std::string_view k32Bit = "by 32-bit programs";

// --- ptrace -------------------------------------------------------------------------------------

constexpr kernel_action kTraceActions[] = {ACTION_ACCESS_ATTACH, ACTION_ACCESS_TRACE_ME,
                                           ACTION_ACCESS_POKE, ACTION_ACCESS_REGISTERS};
constexpr HookProgram kTraceFunctions[] = {{"on_ptrace"}, {"on_compat_ptrace"}};
constexpr HookProgram kTraceFunction[] = {{"on_ptrace"}};
constexpr HookProgram kTraceSyscall[] = {{"on_ptrace_exit", "syscalls/sys_exit_ptrace"}};
constexpr HookAlternative kTrace[] = {
    {kTraceFunctions}, {kTraceFunction, k32Bit}, {kTraceSyscall, k32Bit}};

// --- memory and descriptors ---------------------------------------------------------------------

constexpr kernel_action kReadActions[] = {ACTION_ACCESS_READ};
// From 5.11 on 32-bit callers share the functions of the others.
constexpr HookProgram kReadFunctions[] = {{"on_process_vm_readv"}, {"on_compat_process_vm_readv"}};
constexpr HookProgram kReadOldFunctions[] = {{"on_process_vm_readv"},
                                             {"on_old_compat_process_vm_readv"}};
constexpr HookProgram kReadFunction[] = {{"on_process_vm_readv"}};
constexpr HookProgram kReadSyscall[] = {
    {"on_process_vm_readv_exit", "syscalls/sys_exit_process_vm_readv"}};
constexpr HookAlternative kRead[] = {
    {kReadOldFunctions}, {kReadFunctions}, {kReadFunction, k32Bit}, {kReadSyscall, k32Bit}};

constexpr kernel_action kWriteActions[] = {ACTION_ACCESS_WRITE};
constexpr HookProgram kWriteFunctions[] = {{"on_process_vm_writev"},
                                           {"on_compat_process_vm_writev"}};
constexpr HookProgram kWriteOldFunctions[] = {{"on_process_vm_writev"},
                                              {"on_old_compat_process_vm_writev"}};
constexpr HookProgram kWriteFunction[] = {{"on_process_vm_writev"}};
constexpr HookProgram kWriteSyscall[] = {
    {"on_process_vm_writev_exit", "syscalls/sys_exit_process_vm_writev"}};
constexpr HookAlternative kWrite[] = {
    {kWriteOldFunctions}, {kWriteFunctions}, {kWriteFunction, k32Bit}, {kWriteSyscall, k32Bit}};

constexpr kernel_action kDescriptorActions[] = {ACTION_ACCESS_DESCRIPTOR};
constexpr HookProgram kDescriptorFunctions[] = {{"on_pidfd_getfd"}, {"on_compat_pidfd_getfd"}};
constexpr HookProgram kDescriptorFunction[] = {{"on_pidfd_getfd"}};
constexpr HookProgram kDescriptorSyscall[] = {
    {"on_pidfd_getfd_exit", "syscalls/sys_exit_pidfd_getfd"}};
constexpr HookAlternative kDescriptor[] = {
    {kDescriptorFunctions}, {kDescriptorFunction, k32Bit}, {kDescriptorSyscall, k32Bit}};

// --- /proc/PID/mem ------------------------------------------------------------------------------

constexpr kernel_action kMemoryFileActions[] = {ACTION_ACCESS_MEMORY_FILE};
constexpr HookProgram kMemoryFileFunction[] = {{"on_mem_open"}};
constexpr HookProgram kMemoryFileSyscalls[] = {
    {"on_open_exit", "syscalls/sys_exit_open"},
    {"on_open_exit", "syscalls/sys_exit_openat"},
    {"on_open_exit", "syscalls/sys_exit_openat2"},
};
constexpr HookAlternative kMemoryFile[] = {
    {kMemoryFileFunction}, {kMemoryFileSyscalls, "by 32-bit programs and through io_uring"}};

constexpr Hook kHooks[] = {
    {"processes traced with ptrace", kTraceActions, kTrace},
    {"memory of processes read with process_vm_readv", kReadActions, kRead},
    {"memory of processes written with process_vm_writev", kWriteActions, kWrite},
    {"descriptors taken with pidfd_getfd", kDescriptorActions, kDescriptor},
    {"/proc/PID/mem opened", kMemoryFileActions, kMemoryFile},
};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = access_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kAccessHooks{Object, kHooks};

}  // namespace pidigree
