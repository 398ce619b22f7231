#include "src/event/access_fact.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {
bool DecodeAccess(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  const auto parsed = Parse<wire_access>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_access& wire = parsed->wire;
  const auto kind = ReadAction<AccessKind::kAttach, AccessKind::kMemoryFile, 8>(wire.action);
  AccessFact access;
  if (!kind || !ReadActor(wire.actor, access.subject) || !ReadProcess(wire.target, access.target))
    return false;
  access.subject.time_ns = state.Forward(wire.header.time_ns);
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
