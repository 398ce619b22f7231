#include "src/source/bpf/kernel_code_hooks.h"

#include <kernel_code.skel.h>

namespace pidigree {
namespace {

// --- modules ------------------------------------------------------------------------------------

constexpr kernel_action kModuleActions[] = {ACTION_MODULE_LOADED};
constexpr HookProgram kModuleWithFile[] = {
    {"on_kernel_read_file"}, {"on_kernel_load_data"}, {"on_module_load"}};
constexpr HookProgram kModuleAlone[] = {{"on_module_load"}};
constexpr HookAlternative kModule[] = {{kModuleWithFile}, {kModuleAlone, "their files"}};

// --- BPF programs -------------------------------------------------------------------------------

constexpr kernel_action kBpfActions[] = {ACTION_BPF_PROGRAM_LOADED};
constexpr HookProgram kBpfFunction[] = {{"on_bpf_program"}};
constexpr HookProgram kBpfSymbol[] = {{"on_bpf_symbol"}};
constexpr HookProgram kBpfSyscall[] = {{"on_bpf_exit", "syscalls/sys_exit_bpf"}};
constexpr HookAlternative kBpf[] = {
    {kBpfFunction}, {kBpfSymbol}, {kBpfSyscall, "by 32-bit programs"}};

constexpr Hook kHooks[] = {
    {"kernel modules", kModuleActions, kModule},
    {"BPF programs", kBpfActions, kBpf},
};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = kernel_code_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kKernelCodeHooks{Object, kHooks};

}  // namespace pidigree
