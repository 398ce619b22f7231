#pragma once

#include <cstdint>
#include <optional>

#include "schema/kernel_actions.h"
#include "src/event/subject.h"

namespace pidigree {

enum class AccessKind : uint8_t {
  kAttach = ACTION_ACCESS_ATTACH,     // ptrace: attached to it, or seized it
  kTraceMe = ACTION_ACCESS_TRACE_ME,  // ptrace: it asked to be traced by the actor, its parent
  kPoke = ACTION_ACCESS_POKE,  // ptrace: wrote words to its memory; told for the first of a run
  kRegisters = ACTION_ACCESS_REGISTERS,     // ptrace: set the registers that say what it does next
  kRead = ACTION_ACCESS_READ,               // process_vm_readv
  kWrite = ACTION_ACCESS_WRITE,             // process_vm_writev
  kDescriptor = ACTION_ACCESS_DESCRIPTOR,   // pidfd_getfd: took one of its descriptors
  kMemoryFile = ACTION_ACCESS_MEMORY_FILE,  // opened its /proc/PID/mem
};

// A process got at another one.
struct AccessFact {
  Subject subject;
  uint32_t actor_tid = 0;
  AccessKind kind{};
  ProcessKey target;
  uint32_t target_uid = kUnset;  // real, at that moment
  uint32_t target_tid = 0;
  // Of the target: where memory was written, or where the thread goes on. As the actor gave it.
  std::optional<uint64_t> address;
  bool readable = false;  // kMemoryFile: how it was opened; likewise `writable`
  bool writable = false;
};

}  // namespace pidigree
