#include <image.skel.h>
#include <kernel_code.skel.h>

#include "src/source/bpf/hook_group.h"

namespace pidigree {

HookGroup ImageHooks() {
  const std::string by_32_bit = "by 32-bit programs";
  return {ObjectOf<image_bpf__elf_bytes>,
          {
              {"files mapped executable",
               {ACTION_IMAGE_MAPPED},
               {{{{"on_mmap"}}}, {{{"on_mmap_exit", "syscalls/sys_exit_mmap"}}, by_32_bit}}},
              // What /proc/PID/exe says.
              {"executables replaced with prctl",
               {ACTION_IMAGE_REPLACED},
               {{{{"on_prctl"}, {"on_compat_prctl"}}},
                {{{"on_prctl"}}, by_32_bit},
                {{{"on_prctl_exit", "syscalls/sys_exit_prctl"}}, by_32_bit}}},
          }};
}

HookGroup KernelCodeHooks() {
  return {ObjectOf<kernel_code_bpf__elf_bytes>,
          {
              {"kernel modules",
               {ACTION_MODULE_LOADED},
               {{{{"on_kernel_read_file"}, {"on_kernel_load_data"}, {"on_module_load"}}},
                {{{"on_module_load"}}, "their files"}}},
              {"BPF programs",
               {ACTION_BPF_PROGRAM_LOADED},
               {{{{"on_bpf_program"}}},
                {{{"on_bpf_symbol"}}},
                {{{"on_bpf_exit", "syscalls/sys_exit_bpf"}}, "by 32-bit programs"}}},
          }};
}

}  // namespace pidigree
