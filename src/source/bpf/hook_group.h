#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/kernel_actions.h"

namespace pidigree {

// The tables that say how the kernel can be watched for events other than the lives of processes.
// They are data: AttachedGroup does what they say.

// A program of an object of bpf/, and where it is attached.
struct HookProgram {
  std::string_view name;
  // "syscalls/sys_exit_open" for a program whose section is "tp", which may serve several; else its
  // section says where, such as "fentry/security_file_open".
  std::string_view tracepoint = {};
};

// The bytes of an ELF file that holds programs.
using HookObject = std::span<const std::byte> (*)();

// Those that bpftool's function of the object's skeleton gives.
template <auto kElfBytes>
std::span<const std::byte> ObjectOf() {
  size_t size = 0;
  const void* const bytes = kElfBytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

// Programs that belong together and tell one kind of thing. Tracepoints of system calls that the
// architecture does not have are left out.
struct HookAlternative {
  std::vector<HookProgram> programs;
  std::string unseen = {};      // what it does not see, for a person; empty: nothing that is known
  HookObject object = nullptr;  // null: that of the group
  std::string unseen_with_compat = {};  // instead, while the group's `compat` is attached
};

// One kind of thing that happens, and the ways to learn of it.
struct Hook {
  std::string what;                           // for a person, such as "files that are opened"
  std::vector<kernel_action> actions;         // attached where their events are wanted
  std::vector<HookAlternative> alternatives;  // the best first; the first that works is used
};

// Hooks that tell of the same kind of events.
struct HookGroup {
  HookObject object;
  std::vector<Hook> hooks;
  // Watches all calls of 32-bit programs, for BpfSourceOptions::compat_syscalls; without
  // alternatives if there is no need or no way.
  Hook compat = {};
};

// Those of the programs in bpf/, by file.
HookGroup FileHooks();
HookGroup NetworkHooks();
HookGroup DnsHooks();
HookGroup AccessHooks();
HookGroup ImageHooks();
HookGroup KernelCodeHooks();

// All of them.
inline std::vector<HookGroup> HookGroups() {
  return {FileHooks(), NetworkHooks(), DnsHooks(), AccessHooks(), ImageHooks(), KernelCodeHooks()};
}

}  // namespace pidigree
