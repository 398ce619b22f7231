#include <array>

#include "src/source/bpf/access_hooks.h"
#include "src/source/bpf/dns_hooks.h"
#include "src/source/bpf/file_hooks.h"
#include "src/source/bpf/hook_group.h"
#include "src/source/bpf/image_hooks.h"
#include "src/source/bpf/kernel_code_hooks.h"
#include "src/source/bpf/network_hooks.h"

namespace pidigree {
namespace {

constexpr std::array kGroups = {&kFileHooks,   &kNetworkHooks, &kDnsHooks,
                                &kAccessHooks, &kImageHooks,   &kKernelCodeHooks};

}  // namespace

std::span<const HookGroup* const> HookGroups() { return kGroups; }

}  // namespace pidigree
