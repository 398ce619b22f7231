#include "src/source/bpf/access_decoder.h"

#include <optional>

#include "src/event/kernel_access_fact.h"

namespace pidigree {
namespace {

std::optional<KernelAccessKind> ReadKind(uint32_t action) {
  switch (action) {
    case WIRE_ACCESS_ATTACH:
      return KernelAccessKind::kAttach;
    case WIRE_ACCESS_TRACE_ME:
      return KernelAccessKind::kTraceMe;
    case WIRE_ACCESS_POKE:
      return KernelAccessKind::kPoke;
    case WIRE_ACCESS_REGISTERS:
      return KernelAccessKind::kRegisters;
    case WIRE_ACCESS_READ:
      return KernelAccessKind::kRead;
    case WIRE_ACCESS_WRITE:
      return KernelAccessKind::kWrite;
    case WIRE_ACCESS_DESCRIPTOR:
      return KernelAccessKind::kDescriptor;
    case WIRE_ACCESS_MEMORY_FILE:
      return KernelAccessKind::kMemoryFile;
  }
  return std::nullopt;
}

}  // namespace

bool DecodeAccess(std::span<const std::byte> record, RecordTimes& times,
                  KernelFactConsumer& consumer) {
  const auto parsed = Parse<wire_access>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_access& wire = parsed->wire;
  const auto kind = ReadKind(wire.action);
  KernelAccess access;
  if (!kind || !ReadActor(wire.actor, access.actor) || !ReadProcess(wire.target, access.target))
    return false;
  access.actor.time_ns = times.Forward(wire.header.time_ns);
  access.actor_tid = wire.actor_tid;
  access.kind = *kind;
  access.target_uid = wire.target_uid;
  access.target_tid = wire.target_tid;
  if ((wire.flags & WIRE_ACCESS_ADDRESS) != 0) access.address = wire.address;
  access.readable = (wire.flags & WIRE_ACCESS_READABLE) != 0;
  access.writable = (wire.flags & WIRE_ACCESS_WRITABLE) != 0;
  consumer.Apply(access);
  return true;
}

}  // namespace pidigree
