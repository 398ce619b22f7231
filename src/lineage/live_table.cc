#include "src/lineage/live_table.h"

#include <algorithm>

namespace pidigree {

Guid LiveTable::NewGuid(const ProcessKey& process, uint32_t machine, uint32_t boot) {
  const uint64_t wanted = process.start_ns / kTickNs;
  const Guid natural = Guid::Process(machine, boot, wanted, process.tgid);
  LiveEntry* const latest = Latest(process.tgid);
  if (latest == nullptr || wanted > latest->pid_ticks) return natural;
  // One that turns up late, after a younger one, mostly has its own tick still.
  bool taken = process.start_ns > latest->start_ns;
  for (LiveEntry* entry = latest; entry != nullptr && !taken; entry = FormerOwner(*entry))
    taken = entry->guid.start() == wanted;
  if (!taken) return natural;
  ++collisions_;
  latest->pid_ticks = Guid::NextStart(wanted, latest->pid_ticks);
  return Guid::Process(machine, boot, latest->pid_ticks, process.tgid);
}

LiveEntry& LiveTable::Create(const ProcessKey& process, const Guid& guid) {
  LiveEntry& entry = ProcessTable::Create(0, process.tgid, process.start_ns);
  entry.guid = guid;
  entry.logon_boot = guid.boot();
  if (Latest(process.tgid) == &entry) entry.pid_ticks = std::max(guid.start(), entry.pid_ticks);
  return entry;
}

}  // namespace pidigree
