#include "src/source/bpf/image_hooks.h"

#include <image.skel.h>

namespace pidigree {
namespace {

// --- files mapped executable --------------------------------------------------------------------

constexpr kernel_action kMapActions[] = {ACTION_IMAGE_MAPPED};
constexpr HookProgram kMapFunction[] = {{"on_mmap"}};
constexpr HookProgram kMapSyscall[] = {{"on_mmap_exit", "syscalls/sys_exit_mmap"}};
constexpr HookAlternative kMap[] = {{kMapFunction}, {kMapSyscall, "by 32-bit programs"}};

// --- what /proc/PID/exe says --------------------------------------------------------------------

constexpr kernel_action kReplaceActions[] = {ACTION_IMAGE_REPLACED};
constexpr HookProgram kReplaceFunctions[] = {{"on_prctl"}, {"on_compat_prctl"}};
constexpr HookProgram kReplaceFunction[] = {{"on_prctl"}};
constexpr HookProgram kReplaceSyscall[] = {{"on_prctl_exit", "syscalls/sys_exit_prctl"}};
constexpr HookAlternative kReplace[] = {{kReplaceFunctions},
                                        {kReplaceFunction, "by 32-bit programs"},
                                        {kReplaceSyscall, "by 32-bit programs"}};

constexpr Hook kHooks[] = {
    {"files mapped executable", kMapActions, kMap},
    {"executables replaced with prctl", kReplaceActions, kReplace},
};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = image_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kImageHooks{Object, kHooks};

}  // namespace pidigree
