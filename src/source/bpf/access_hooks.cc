#include <access.skel.h>

#include "src/source/bpf/hook_group.h"

namespace pidigree {

HookGroup AccessHooks() {
  const std::string by_32_bit = "by 32-bit programs";
  return {
      ObjectOf<access_bpf__elf_bytes>,
      {
          {"processes traced with ptrace",
           {ACTION_ACCESS_ATTACH, ACTION_ACCESS_TRACE_ME, ACTION_ACCESS_POKE,
            ACTION_ACCESS_REGISTERS},
           {{{{"on_ptrace"}, {"on_compat_ptrace"}}},
            {{{"on_ptrace"}}, by_32_bit},
            {{{"on_ptrace_exit", "syscalls/sys_exit_ptrace"}}, by_32_bit}}},
          // From 5.11 on 32-bit callers share the functions of the others.
          {"memory of processes read with process_vm_readv",
           {ACTION_ACCESS_READ},
           {{{{"on_process_vm_readv"}, {"on_old_compat_process_vm_readv"}}},
            {{{"on_process_vm_readv"}, {"on_compat_process_vm_readv"}}},
            {{{"on_process_vm_readv"}}, by_32_bit},
            {{{"on_process_vm_readv_exit", "syscalls/sys_exit_process_vm_readv"}}, by_32_bit}}},
          {"memory of processes written with process_vm_writev",
           {ACTION_ACCESS_WRITE},
           {{{{"on_process_vm_writev"}, {"on_old_compat_process_vm_writev"}}},
            {{{"on_process_vm_writev"}, {"on_compat_process_vm_writev"}}},
            {{{"on_process_vm_writev"}}, by_32_bit},
            {{{"on_process_vm_writev_exit", "syscalls/sys_exit_process_vm_writev"}}, by_32_bit}}},
          {"descriptors taken with pidfd_getfd",
           {ACTION_ACCESS_DESCRIPTOR},
           {{{{"on_pidfd_getfd"}, {"on_compat_pidfd_getfd"}}},
            {{{"on_pidfd_getfd"}}, by_32_bit},
            {{{"on_pidfd_getfd_exit", "syscalls/sys_exit_pidfd_getfd"}}, by_32_bit}}},
          {"/proc/PID/mem opened",
           {ACTION_ACCESS_MEMORY_FILE},
           {{{{"on_mem_open"}}},
            {{{"on_open_exit", "syscalls/sys_exit_open"},
              {"on_open_exit", "syscalls/sys_exit_openat"},
              {"on_open_exit", "syscalls/sys_exit_openat2"}},
             "by 32-bit programs and through io_uring"}}},
      }};
}

}  // namespace pidigree
