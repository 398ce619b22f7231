#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "src/base/flat_index.h"
#include "src/base/shared_text.h"
#include "src/enrich/process.h"

namespace pidigree {

// The processes of all hosts of a stream: found by (node, PID), kept in order of use, freed some
// time after they ended, and within a bound of memory. Entries keep their address until they are
// freed.
class ProcessTable {
 public:
  // `texts` owns what the entries point to. `max_bytes` bounds entries, indexes and texts together.
  ProcessTable(SharedTextPool& texts, size_t max_bytes) : texts_(texts), max_bytes_(max_bytes) {}

  // The process that has `pid` now, or had it last; null if none is known.
  Process* Find(uint32_t node, uint32_t pid);

  // A new live entry for `pid`; the number's former owner, which must have ended, cannot be found
  // any more. May free entries that ended long ago.
  Process& Create(uint32_t node, uint32_t pid);

  // Links a new entry to the process that made it.
  void SetParent(Process& child, Process& parent);

  // The parent if it is still in the table, live or ended.
  Process* Parent(const Process& process);

  // Moves a live entry to the ended ones. It can still be found until its number is reused or many
  // others have ended.
  void End(Process& process);

  // Marks as most recently used.
  void Touch(Process& process);

  // The least recently used live entry; null if there is none.
  Process* Oldest();

  // Forgets a process, live or ended.
  void Free(Process& process);

  bool OverBudget() const { return bytes() > max_bytes_; }
  size_t bytes() const {
    return in_use_ * sizeof(Process) + by_pid_.bytes() + texts_.bytes_in_use();
  }

  // Frees all that ended on `node`: its numbers start anew.
  void ForgetEnded(uint32_t node);

  // Calls `visit` for each live process, the most recently used first.
  void ForEachLive(const std::function<void(Process&)>& visit);
  // Calls `visit`, which may end the process, for each live process of `node`, in order of PID.
  void ForEachLiveOf(uint32_t node, const std::function<void(Process&)>& visit);

  SharedTextPool& texts() { return texts_; }

  Process& at(Process::Index index) { return blocks_[index / kBlock][index % kBlock]; }

 private:
  static constexpr size_t kBlock = 256;
  // Ended processes that late records and children still to come can name.
  static constexpr size_t kKeptEnded = 8192;

  static uint64_t Key(uint32_t node, uint32_t pid) { return uint64_t{node} << 32 | pid; }
  void Unlink(Process& process);
  void FetchOldestEnded();
  bool MustStay(const Process& process) const;

  SharedTextPool& texts_;
  size_t max_bytes_;
  FlatIndex by_pid_;
  std::vector<std::unique_ptr<Process[]>> blocks_;
  std::vector<Process::Index> free_;
  struct EndedEntry {
    Process::Index index;
    uint32_t generation;
  };
  std::deque<EndedEntry> ended_;
  Process::Index newest_ = Process::kNone;
  Process::Index oldest_ = Process::kNone;
  size_t in_use_ = 0;
};

}  // namespace pidigree
