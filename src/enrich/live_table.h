#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/flat_index.h"
#include "src/base/shared_text.h"
#include "src/enrich/process_description.h"
#include "src/event/kernel_fact.h"
#include "src/event/record.h"

namespace pidigree {

// The part of a live process's program behind those of ProgramPart: the bytes of its
// KernelExecutable, or nothing.
constexpr size_t kExecutable = kCurrentDirectory + 1;

// A process of the running kernel as the table knows it. Texts are owned by the entry.
struct LiveEntry : ProcessDescription {
  using Index = uint32_t;
  static constexpr Index kNone = 0xffffffff;

  enum class State : uint8_t { kFree, kLive, kEnded };

  uint64_t start_ns = 0;  // CLOCK_BOOTTIME; with `pid`: KernelProcess
  UtcTime start_utc;      // computed once, so that a slewed clock does not move it
  uint32_t mount_namespace = 0;

  Index self = kNone;
  Index parent = kNone;  // valid only while that entry's generation is parent_generation
  uint32_t parent_generation = 0;
  uint32_t generation = 0;   // of this entry; changes when it is freed
  Index older = kNone;       // the process that had the PID before
  Index ended_next = kNone;  // the one that ended after it
  uint64_t pid_ticks = 0;    // of the latest with a PID: the last start tick given to that PID
  uint32_t live_children = 0;

  // Under which filter its ProcessCreate was offered: of this run, they have higher numbers.
  static constexpr uint32_t kNeverOffered = 0;
  static constexpr uint32_t kOfferedBeforeStart = 1;
  uint32_t offered_in = kNeverOffered;
  uint32_t snapshot = 0;       // number of the last snapshot that saw it
  uint32_t considered_in = 0;  // LiveMutes: under which filter its facts were counted
  uint8_t unwritten = 0;       // ... of which nothing was written
  bool muted = false;
  State state = State::kFree;
  bool forked = false;    // its fork was seen, or else it was running before
  bool executed = false;  // it called exec since
  bool kernel_thread = false;
  bool saved = false;  // from the saved table, and no snapshot has seen it yet

  KernelProcess process() const { return {pid, start_ns}; }
};

// The processes of this host: all that live, and those that ended last, within bounds. Entries keep
// their address until they are freed, which happens in Trim() only.
class LiveTable {
 public:
  // `texts` owns what the entries point to; while it holds more than `max_text_bytes`, fewer ended
  // processes stay.
  LiveTable(SharedTextPool& texts, size_t max_text_bytes)
      : texts_(texts), max_text_bytes_(max_text_bytes) {}

  // Live or ended; null if it is not known.
  LiveEntry* Find(const KernelProcess& process);
  // The process that has `tgid` now, or had it last; null if none is known.
  LiveEntry* Latest(uint32_t tgid);

  // The GUID of a process that is not known yet. If its PID had that one already, it gets the next
  // free tick, and is counted.
  Guid NewGuid(const KernelProcess& process, uint32_t machine, uint32_t boot);
  // A new live entry; `process` must not be known yet.
  LiveEntry& Create(const KernelProcess& process, const Guid& guid);

  // Links an entry to the process that made it, and no more to one set before.
  void SetParent(LiveEntry& child, LiveEntry& parent);
  // The parent if it is still in the table, live or ended.
  LiveEntry* Parent(const LiveEntry& entry);

  // Moves a live entry to the ended ones.
  void End(LiveEntry& entry);
  // Frees what ended long ago.
  void Trim();

  // Calls `visit(LiveEntry&)` for each live process. It must neither create nor end any.
  template <typename Visitor>
  void ForEachLive(Visitor visit) const {
    for (const auto& block : blocks_)
      for (size_t i = 0; i < kBlock; ++i)
        if (block[i].state == LiveEntry::State::kLive) visit(block[i]);
  }

  SharedTextPool& texts() { return texts_; }
  size_t live() const { return live_; }
  size_t ended() const { return ended_; }
  size_t bytes() const {
    return blocks_.size() * kBlock * sizeof(LiveEntry) + by_pid_.bytes() + texts_.bytes_held();
  }
  uint64_t collisions() const { return collisions_; }

  // Of GUIDs: 1/100 s.
  static constexpr uint64_t kTickNs = 10'000'000;

 private:
  static constexpr size_t kBlock = 256;
  static constexpr size_t kKeptEnded = 4096;
  static constexpr size_t kKeptEndedAtLeast = 256;  // however large their texts

  LiveEntry& at(LiveEntry::Index index) { return blocks_[index / kBlock][index % kBlock]; }
  LiveEntry* Older(const LiveEntry& entry) {
    return entry.older == LiveEntry::kNone ? nullptr : &at(entry.older);
  }
  bool TooManyEnded() const;
  void PushEnded(LiveEntry& entry);
  LiveEntry& PopEnded();
  void Free(LiveEntry& entry);

  SharedTextPool& texts_;
  size_t max_text_bytes_;
  FlatIndex by_pid_;  // to the latest process of each PID
  std::vector<std::unique_ptr<LiveEntry[]>> blocks_;
  std::vector<LiveEntry::Index> free_;
  // Those that ended, in that order.
  LiveEntry::Index first_ended_ = LiveEntry::kNone;
  LiveEntry::Index last_ended_ = LiveEntry::kNone;
  size_t live_ = 0;
  size_t ended_ = 0;
  uint64_t latest_start_ns_ = 0;
  uint64_t collisions_ = 0;
};

}  // namespace pidigree
