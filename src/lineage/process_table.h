#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/flat_index.h"
#include "src/base/prefetch.h"
#include "src/base/shared_text.h"
#include "src/lineage/process_entry.h"

namespace pidigree {

struct ProcessTableBounds {
  // Ended processes that late facts and children still to come can name.
  size_t kept_ended = 8192;
  // ... while texts are above their bound.
  size_t kept_ended_at_least = 8192;
  size_t max_text_bytes = SIZE_MAX;
  // Of entries, indexes and texts: see OverBudget().
  size_t max_bytes = SIZE_MAX;
};

// The processes of all hosts of a stream: all that live, and those that ended last. Entries, a kind
// of ProcessEntry, keep their address until they are freed, and their memory for ever.
template <typename Entry>
class ProcessTable {
 public:
  // Of GUIDs: 1/100 s.
  static constexpr uint64_t kTickNs = 10'000'000;

  // `texts` owns what the entries point to.
  ProcessTable(SharedTextPool& texts, const ProcessTableBounds& bounds)
      : texts_(texts), bounds_(bounds) {}

  // The process that has `pid` now, or had it last; null if none is known.
  Entry* Latest(uint32_t host, uint32_t pid) {
    const uint32_t index = by_pid_.Find(Key(host, pid));
    return index == FlatIndex::kNone ? nullptr : &at(index);
  }
  // The process that began then, live or ended; null if it is not known.
  Entry* Find(uint32_t host, uint32_t pid, uint64_t start_ns) {
    Entry* entry = Latest(host, pid);
    while (entry != nullptr && entry->start_ns > start_ns) entry = FormerOwner(*entry);
    return entry != nullptr && entry->start_ns == start_ns ? entry : nullptr;
  }

  // A new live entry for `pid`. Former owners have ended, or are found to have; where starts are
  // known it may have begun before the latest of them.
  Entry& Create(uint32_t host, uint32_t pid, uint64_t start_ns = 0);

  // Links an entry to the process that made it, and no more to one set before.
  static void SetParent(Entry& child, Entry& parent) {
    const bool counts = child.state == Entry::State::kLive;
    if (Entry* before = Parent(child)) {
      before->live_children -= counts && before->live_children > 0;
      --before->kept_children;
    }
    child.parent = &parent;
    child.parent_generation = parent.generation;
    parent.live_children += counts;
    ++parent.kept_children;
  }
  // The parent if it is still in the table, live or ended.
  static Entry* Parent(const Entry& entry) { return static_cast<Entry*>(ParentOf(entry)); }
  // Null if the process is not in the table any more.
  static Entry* At(const ProcessLink& link) {
    if (link.entry == nullptr || link.entry->generation != link.generation) return nullptr;
    return static_cast<Entry*>(link.entry);
  }

  // Moves a live entry to the ended ones.
  void End(Entry& entry) {
    assert(entry.state == Entry::State::kLive);
    Unlink(entry);
    entry.state = Entry::State::kEnded;
    LoseLiveChild(entry);
    Link(entry);
  }
  // Frees what ended long ago, but for ancestors that may still have to be announced.
  void Trim();

  // Forgets a process, live or ended.
  void Free(Entry& entry);
  // Frees all that ended on `host`: its numbers start anew.
  void ForgetEnded(uint32_t host) {
    std::vector<Entry*> found;
    for (auto i = ended_list_.oldest; i != Entry::kNone; i = at(i).newer)
      if (at(i).host == host) found.push_back(&at(i));
    for (Entry* entry : found) Free(*entry);
  }

  // Marks as most recently used.
  void Touch(Entry& entry) {
    if (live_list_.newest == entry.self) return;
    Unlink(entry);
    Link(entry);
  }
  // The least recently used live entry; null if there is none.
  Entry* Oldest() { return live_list_.oldest == Entry::kNone ? nullptr : &at(live_list_.oldest); }

  // Calls `visit(const Entry&)` for each process, live or ended.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const auto& block : blocks_)
      for (size_t i = 0; i < kBlock; ++i)
        if (block[i].state != Entry::State::kFree) visit(block[i]);
  }
  // Calls `visit(const Entry&)` for each live process, the most recently used first.
  template <typename Visitor>
  void ForEachLive(Visitor visit) const {
    for (auto i = live_list_.newest; i != Entry::kNone; i = at(i).older) visit(at(i));
  }
  // Calls `visit(Entry&)`, which may end the process, for each live process of `host`, in order of
  // PID.
  template <typename Visitor>
  void ForEachLiveOf(uint32_t host, Visitor visit) {
    std::vector<Entry*> found;
    for (auto i = live_list_.newest; i != Entry::kNone; i = at(i).older)
      if (at(i).host == host) found.push_back(&at(i));
    std::ranges::sort(found, {}, [](const Entry* entry) { return entry->pid; });
    for (Entry* entry : found) visit(*entry);
  }

  SharedTextPool& texts() { return texts_; }
  size_t live() const { return live_list_.size; }
  size_t ended() const { return in_use_ - live(); }
  bool OverBudget() const { return bytes_in_use() > bounds_.max_bytes; }
  size_t bytes_in_use() const {
    return in_use_ * sizeof(Entry) + by_pid_.bytes() + texts_.bytes_in_use();
  }
  // With what is kept for later entries and texts.
  size_t bytes_held() const {
    return blocks_.size() * kBlock * sizeof(Entry) + by_pid_.bytes() + texts_.bytes_held();
  }

 protected:
  Entry* FormerOwner(const Entry& entry) {
    return entry.former_owner == Entry::kNone ? nullptr : &at(entry.former_owner);
  }

 private:
  using Index = typename Entry::Index;
  static constexpr size_t kBlock = 256;
  // How many ended processes ahead of the one that is freed each of what leads to the next is
  // fetched.
  static constexpr size_t kFetchEntry = 8;
  static constexpr size_t kFetchTexts = 4;

  // Those that live by their use, those that ended by their end.
  struct List {
    Index newest = Entry::kNone;
    Index oldest = Entry::kNone;
    size_t size = 0;
  };

  static uint64_t Key(uint32_t host, uint32_t pid) { return uint64_t{host} << 32 | pid; }
  Entry& at(Index index) { return blocks_[index / kBlock][index % kBlock]; }
  const Entry& at(Index index) const { return blocks_[index / kBlock][index % kBlock]; }

  bool TooManyEnded() const {
    return ended_list_.size > bounds_.kept_ended ||
           (ended_list_.size > bounds_.kept_ended_at_least &&
            texts_.bytes_in_use() > bounds_.max_text_bytes);
  }
  static void LoseLiveChild(const Entry& child) {
    if (Entry* parent = Parent(child)) parent->live_children -= parent->live_children > 0;
  }
  static bool MayHaveToBeAnnounced(const Entry& entry) {
    return entry.offered_in == Entry::kNeverOffered && entry.kept_children > 0;
  }
  // Where numbers are reused within a tick, the latest owner's GUID runs ahead of time: it has to
  // be known until time has passed it.
  bool RunsAhead(const Entry& entry) {
    return entry.pid_ticks != 0 && entry.pid_ticks >= latest_start_ns_ / kTickNs &&
           Latest(entry.host, entry.pid) == &entry;
  }
  List& ListOf(const Entry& entry) {
    return entry.state == Entry::State::kLive ? live_list_ : ended_list_;
  }
  void Link(Entry& entry);
  void Unlink(Entry& entry);
  void GiveUpNumber(const Entry& entry);
  void FetchOldestEnded();

  SharedTextPool& texts_;
  const ProcessTableBounds bounds_;
  FlatIndex by_pid_;  // to the latest process of each PID
  std::vector<std::unique_ptr<Entry[]>> blocks_;
  std::vector<Index> free_;
  List live_list_;
  List ended_list_;  // but for those that only stay
  size_t in_use_ = 0;
  uint64_t latest_start_ns_ = 0;
};

template <typename Entry>
Entry& ProcessTable<Entry>::Create(uint32_t host, uint32_t pid, uint64_t start_ns) {
  if (free_.empty()) {
    const auto first = static_cast<Index>(blocks_.size() * kBlock);
    blocks_.push_back(std::make_unique<Entry[]>(kBlock));
    for (size_t i = kBlock; i-- > 0;) free_.push_back(first + static_cast<Index>(i));
  }
  const Index index = free_.back();
  free_.pop_back();
  Entry& entry = at(index);
  const uint32_t generation = entry.generation;
  entry = Entry{};
  entry.self = index;
  entry.generation = generation;
  entry.host = host;
  entry.pid = pid;
  entry.start_ns = start_ns;
  entry.state = Entry::State::kLive;

  Entry* younger = nullptr;
  Entry* former = Latest(host, pid);
  while (former != nullptr && former->start_ns > start_ns) {
    younger = former;
    former = FormerOwner(*former);
  }
  if (former != nullptr) entry.former_owner = former->self;
  if (younger != nullptr) {
    younger->former_owner = index;
  } else {
    if (former != nullptr) entry.pid_ticks = former->pid_ticks;
    by_pid_.Set(Key(host, pid), index);
  }
  latest_start_ns_ = std::max(latest_start_ns_, start_ns);
  ++in_use_;
  Link(entry);
  return entry;
}

template <typename Entry>
void ProcessTable<Entry>::Trim() {
  for (size_t tries = ended_list_.size; tries > 0 && TooManyEnded(); --tries) {
    Entry& entry = at(ended_list_.oldest);
    FetchOldestEnded();
    if (RunsAhead(entry)) {
      Unlink(entry);
      Link(entry);
    } else if (MayHaveToBeAnnounced(entry)) {
      Unlink(entry);
      entry.only_stays = true;
    } else {
      Free(entry);
    }
  }
}

// They ended long ago.
template <typename Entry>
void ProcessTable<Entry>::FetchOldestEnded() {
  if (ended_list_.size <= kFetchEntry) return;
  Index ahead = ended_list_.oldest;
  for (size_t i = 0; i < kFetchEntry; ++i) {
    ahead = at(ahead).newer;
    if (i + 1 != kFetchTexts) continue;
    const Entry& soon = at(ahead);
    for (const SharedText* text : {soon.program, soon.user, soon.parent_program, soon.parent_user})
      PrefetchToWrite(text, 1);
    if (soon.parent != nullptr) PrefetchToWrite(soon.parent, sizeof(Entry));
  }
  PrefetchToWrite(&at(ahead), sizeof(Entry));
}

template <typename Entry>
void ProcessTable<Entry>::Link(Entry& entry) {
  List& list = ListOf(entry);
  entry.older = list.newest;
  if (list.newest != Entry::kNone) at(list.newest).newer = entry.self;
  list.newest = entry.self;
  if (list.oldest == Entry::kNone) list.oldest = entry.self;
  ++list.size;
}

template <typename Entry>
void ProcessTable<Entry>::Unlink(Entry& entry) {
  if (entry.only_stays) return;
  List& list = ListOf(entry);
  if (entry.newer != Entry::kNone) at(entry.newer).older = entry.older;
  if (entry.older != Entry::kNone) at(entry.older).newer = entry.newer;
  if (list.newest == entry.self) list.newest = entry.older;
  if (list.oldest == entry.self) list.oldest = entry.newer;
  entry.newer = entry.older = Entry::kNone;
  --list.size;
}

template <typename Entry>
void ProcessTable<Entry>::GiveUpNumber(const Entry& entry) {
  Entry* younger = Latest(entry.host, entry.pid);
  if (younger != &entry) {
    while (younger->former_owner != entry.self) younger = FormerOwner(*younger);
    younger->former_owner = entry.former_owner;
  } else if (Entry* former = FormerOwner(entry)) {
    former->pid_ticks = std::max(former->pid_ticks, entry.pid_ticks);
    by_pid_.Set(Key(entry.host, entry.pid), former->self);
  } else {
    by_pid_.Erase(Key(entry.host, entry.pid));
  }
}

template <typename Entry>
void ProcessTable<Entry>::Free(Entry& first) {
  // Freeing the last kept child of a process that only stays for it frees that one, too.
  for (Entry* entry = &first; entry != nullptr;) {
    Unlink(*entry);
    if (entry->state == Entry::State::kLive) LoseLiveChild(*entry);
    Entry* const parent = Parent(*entry);
    if (parent != nullptr) --parent->kept_children;
    GiveUpNumber(*entry);
    for (SharedText* text :
         {entry->program, entry->user, entry->parent_program, entry->parent_user})
      texts_.Release(text);
    ++entry->generation;
    entry->state = Entry::State::kFree;
    free_.push_back(entry->self);
    --in_use_;
    const bool is_last = parent != nullptr && parent->only_stays && parent->kept_children == 0;
    entry = is_last ? parent : nullptr;
  }
}

}  // namespace pidigree
