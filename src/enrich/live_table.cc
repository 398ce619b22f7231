#include "src/enrich/live_table.h"

#include <algorithm>
#include <cassert>

namespace pidigree {

LiveEntry* LiveTable::Latest(uint32_t tgid) {
  const uint32_t index = by_pid_.Find(tgid);
  return index == FlatIndex::kNone ? nullptr : &at(index);
}

LiveEntry* LiveTable::Find(const KernelProcess& process) {
  LiveEntry* entry = Latest(process.tgid);
  while (entry != nullptr && entry->start_ns > process.start_ns) entry = Older(*entry);
  return entry != nullptr && entry->start_ns == process.start_ns ? entry : nullptr;
}

Guid LiveTable::NewGuid(const KernelProcess& process, uint32_t machine, uint32_t boot) {
  const uint64_t wanted = process.start_ns / kTickNs;
  const Guid natural = Guid::Process(machine, boot, wanted, process.tgid);
  LiveEntry* const latest = Latest(process.tgid);
  if (latest == nullptr || wanted > latest->pid_ticks) return natural;
  // One that turns up late, after a younger one, mostly has its own tick still.
  bool taken = process.start_ns > latest->start_ns;
  for (LiveEntry* entry = latest; entry != nullptr && !taken; entry = Older(*entry))
    taken = entry->guid.start() == wanted;
  if (!taken) return natural;
  ++collisions_;
  return Guid::Process(machine, boot, ++latest->pid_ticks, process.tgid);
}

LiveEntry& LiveTable::Create(const KernelProcess& process, const Guid& guid) {
  if (free_.empty()) {
    const auto first = static_cast<LiveEntry::Index>(blocks_.size() * kBlock);
    blocks_.push_back(std::make_unique<LiveEntry[]>(kBlock));
    for (size_t i = kBlock; i-- > 0;) free_.push_back(first + static_cast<LiveEntry::Index>(i));
  }
  const LiveEntry::Index index = free_.back();
  free_.pop_back();
  LiveEntry& entry = at(index);
  const uint32_t generation = entry.generation;
  entry = LiveEntry{};
  entry.self = index;
  entry.generation = generation;
  entry.pid = process.tgid;
  entry.start_ns = process.start_ns;
  entry.state = LiveEntry::State::kLive;
  entry.guid = guid;

  LiveEntry* younger = nullptr;
  LiveEntry* older = Latest(process.tgid);
  while (older != nullptr && older->start_ns > process.start_ns) {
    younger = older;
    older = Older(*older);
  }
  if (older != nullptr) entry.older = older->self;
  if (younger != nullptr) {
    younger->older = index;
  } else {
    entry.pid_ticks = std::max(guid.start(), older != nullptr ? older->pid_ticks : 0);
    by_pid_.Set(process.tgid, index);
  }
  latest_start_ns_ = std::max(latest_start_ns_, process.start_ns);
  ++live_;
  return entry;
}

void LiveTable::SetParent(LiveEntry& child, LiveEntry& parent) {
  const bool counts = child.state == LiveEntry::State::kLive;
  if (LiveEntry* before = Parent(child)) before->live_children -= counts;
  child.parent = parent.self;
  child.parent_generation = parent.generation;
  parent.live_children += counts;
}

LiveEntry* LiveTable::Parent(const LiveEntry& entry) {
  if (entry.parent == LiveEntry::kNone) return nullptr;
  LiveEntry& parent = at(entry.parent);
  return parent.generation == entry.parent_generation ? &parent : nullptr;
}

bool LiveTable::TooManyEnded() const {
  if (ended_ > kKeptEnded) return true;
  return ended_ > kKeptEndedAtLeast && texts_.bytes_in_use() > max_text_bytes_;
}

void LiveTable::PushEnded(LiveEntry& entry) {
  if (last_ended_ != LiveEntry::kNone)
    at(last_ended_).ended_next = entry.self;
  else
    first_ended_ = entry.self;
  last_ended_ = entry.self;
  ++ended_;
}

LiveEntry& LiveTable::PopEnded() {
  LiveEntry& entry = at(first_ended_);
  first_ended_ = entry.ended_next;
  if (first_ended_ == LiveEntry::kNone) last_ended_ = LiveEntry::kNone;
  entry.ended_next = LiveEntry::kNone;
  --ended_;
  return entry;
}

void LiveTable::End(LiveEntry& entry) {
  assert(entry.state == LiveEntry::State::kLive);
  entry.state = LiveEntry::State::kEnded;
  --live_;
  if (LiveEntry* parent = Parent(entry)) --parent->live_children;
  PushEnded(entry);
}

void LiveTable::Trim() {
  // Where numbers are reused within a tick, the latest owner's GUID runs ahead of time: it has to
  // be known until time has passed it.
  const uint64_t now = latest_start_ns_ / kTickNs;
  for (size_t tries = ended_; tries > 0 && TooManyEnded(); --tries) {
    LiveEntry& oldest = PopEnded();
    if (oldest.pid_ticks >= now && Latest(oldest.pid) == &oldest)
      PushEnded(oldest);
    else
      Free(oldest);
  }
}

void LiveTable::Free(LiveEntry& entry) {
  LiveEntry* younger = Latest(entry.pid);
  if (younger == &entry) {
    if (LiveEntry* older = Older(entry)) {
      older->pid_ticks = std::max(older->pid_ticks, entry.pid_ticks);
      by_pid_.Set(entry.pid, older->self);
    } else {
      by_pid_.Erase(entry.pid);
    }
  } else {
    while (younger->older != entry.self) younger = &at(younger->older);
    younger->older = entry.older;
  }
  for (SharedText* text : {entry.program, entry.user, entry.parent_program, entry.parent_user})
    texts_.Release(text);
  ++entry.generation;
  entry.state = LiveEntry::State::kFree;
  free_.push_back(entry.self);
}

}  // namespace pidigree
