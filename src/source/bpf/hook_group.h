#pragma once

#include <cstdint>
#include <span>
#include <string_view>

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

// Programs that belong together and tell one kind of thing. Tracepoints of system calls that the
// architecture does not have are left out.
struct HookAlternative {
  std::span<const HookProgram> programs;
  std::string_view unseen = {};  // what it does not see, for a person; empty: nothing that is known
  HookObject object = nullptr;   // null: that of the group
  std::string_view unseen_with_compat = {};  // instead, while the group's `compat` is attached
};

// One kind of thing that happens, and the ways to learn of it.
struct Hook {
  std::string_view what;                          // for a person, such as "files that are opened"
  std::span<const kernel_action> actions;         // attached where their events are wanted
  std::span<const HookAlternative> alternatives;  // the best first; the first that works is used
};

// Hooks that tell of the same kind of events.
struct HookGroup {
  HookObject object;
  std::span<const Hook> hooks;
  // Watches all calls of 32-bit programs, for BpfSourceOptions::compat_syscalls; without
  // alternatives if there is no need or no way.
  Hook compat = {};
};

// All groups; a new one is added in hook_groups.cc.
std::span<const HookGroup* const> HookGroups();

}  // namespace pidigree
