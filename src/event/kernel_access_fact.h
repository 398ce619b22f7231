#pragma once

#include <cstdint>
#include <optional>

#include "src/event/kernel_actor.h"

namespace pidigree {

enum class KernelAccessKind : uint8_t {
  kAttach,      // ptrace: attached to it, or seized it
  kTraceMe,     // ptrace: it asked to be traced by the actor, its parent
  kPoke,        // ptrace: wrote words to its memory; told for the first of a run of them
  kRegisters,   // ptrace: set the registers that say what it does next
  kRead,        // process_vm_readv
  kWrite,       // process_vm_writev
  kDescriptor,  // pidfd_getfd: took one of its descriptors
  kMemoryFile,  // opened its /proc/PID/mem
};

// A process got at another one.
struct KernelAccess {
  KernelActor actor;
  uint32_t actor_tid = 0;
  KernelAccessKind kind{};
  KernelProcess target;
  uint32_t target_uid = kUnset;  // real, at that moment
  uint32_t target_tid = 0;
  // Of the target: where memory was written, or where the thread goes on. As the actor gave it.
  std::optional<uint64_t> address;
  bool readable = false;  // kMemoryFile: how it was opened; likewise `writable`
  bool writable = false;
};

}  // namespace pidigree
