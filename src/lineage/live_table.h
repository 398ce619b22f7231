#pragma once

#include <cstddef>
#include <cstdint>

#include "src/event/life_facts.h"
#include "src/lineage/process_table.h"

namespace pidigree {

// A process of the running kernel as the table knows it.
struct LiveEntry : ProcessEntry {
  bool muted : 1 = false;
  bool kernel_thread : 1 = false;
  bool saved : 1 = false;      // from the saved table, and no snapshot has seen it yet
  uint8_t unwritten = 0;       // LiveMutes: facts of which nothing was written
  uint32_t considered_in = 0;  // ... counted under this filter
  uint32_t snapshot = 0;       // number of the last snapshot that saw it
};
static_assert(sizeof(LiveEntry) <= 176, "there are thousands");

// The processes of this host.
class LiveTable : public ProcessTable<LiveEntry> {
 public:
  // While `texts` holds more than `max_text_bytes`, fewer ended processes stay.
  LiveTable(SharedTextPool& texts, size_t max_text_bytes)
      : ProcessTable(
            texts,
            {.kept_ended = 4096, .kept_ended_at_least = 256, .max_text_bytes = max_text_bytes}) {}

  // Live or ended; null if it is not known.
  LiveEntry* Find(const ProcessKey& process) {
    return ProcessTable::Find(0, process.tgid, process.start_ns);
  }
  // The process that has `tgid` now, or had it last; null if none is known.
  LiveEntry* Latest(uint32_t tgid) { return ProcessTable::Latest(0, tgid); }

  // The GUID of a process that is not known yet. If its PID had that one already, it gets the next
  // free tick, and is counted.
  Guid NewGuid(const ProcessKey& process, uint32_t machine, uint32_t boot);
  // A new live entry; `process` must not be known yet.
  LiveEntry& Create(const ProcessKey& process, const Guid& guid);

  uint64_t collisions() const { return collisions_; }

 private:
  uint64_t collisions_ = 0;
};

}  // namespace pidigree
