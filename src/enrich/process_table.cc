#include "src/enrich/process_table.h"

#include <algorithm>
#include <cassert>

#include "src/base/prefetch.h"

namespace pidigree {
namespace {

// How many ended processes ahead of the one that is freed each of what leads to the next is
// fetched.
constexpr size_t kFetchEntry = 8;
constexpr size_t kFetchTexts = 4;

}  // namespace

Process* ProcessTable::Find(uint32_t node, uint32_t pid) {
  const uint32_t index = by_pid_.Find(Key(node, pid));
  return index == FlatIndex::kNone ? nullptr : &at(index);
}

Process& ProcessTable::Create(uint32_t node, uint32_t pid) {
  if (free_.empty()) {
    const auto first = static_cast<Process::Index>(blocks_.size() * kBlock);
    blocks_.push_back(std::make_unique<Process[]>(kBlock));
    for (size_t i = kBlock; i-- > 0;) free_.push_back(first + static_cast<Process::Index>(i));
  }
  const Process::Index index = free_.back();
  free_.pop_back();
  Process& process = at(index);
  const uint32_t generation = process.generation;
  process = Process{};
  process.self = index;
  process.generation = generation;
  process.node = node;
  process.pid = pid;
  process.state = Process::State::kLive;
  by_pid_.Set(Key(node, pid), index);
  ++in_use_;
  Touch(process);
  return process;
}

void ProcessTable::SetParent(Process& child, Process& parent) {
  child.parent = parent.self;
  child.parent_generation = parent.generation;
  ++parent.kept_children;
  parent.live_children += parent.state == Process::State::kLive;
}

Process* ProcessTable::Parent(const Process& process) {
  if (process.parent == Process::kNone) return nullptr;
  Process& parent = at(process.parent);
  return parent.generation == process.parent_generation ? &parent : nullptr;
}

void ProcessTable::End(Process& process) {
  assert(process.state == Process::State::kLive);
  process.state = Process::State::kEnded;
  Unlink(process);
  if (Process* parent = Parent(process); parent != nullptr && parent->live_children > 0)
    --parent->live_children;
  ended_.push_back({process.self, process.generation});
  while (ended_.size() > kKeptEnded) {
    const EndedEntry oldest = ended_.front();
    ended_.pop_front();
    FetchOldestEnded();
    Process& candidate = at(oldest.index);
    if (candidate.generation == oldest.generation && !MustStay(candidate)) Free(candidate);
  }
}

// They ended long ago.
void ProcessTable::FetchOldestEnded() {
  PrefetchToWrite(&at(ended_[kFetchEntry].index), sizeof(Process));
  const Process& soon = at(ended_[kFetchTexts].index);
  for (const SharedText* text : {soon.program, soon.user, soon.parent_program, soon.parent_user})
    PrefetchToWrite(text, 1);
  if (soon.parent != Process::kNone) PrefetchToWrite(&at(soon.parent), sizeof(Process));
}

// A process that was never announced can still have to be, as an ancestor of its children.
bool ProcessTable::MustStay(const Process& process) const {
  return !process.offered && process.kept_children > 0;
}

void ProcessTable::Touch(Process& process) {
  if (newest_ == process.self) return;
  Unlink(process);
  process.older = newest_;
  if (newest_ != Process::kNone) at(newest_).newer = process.self;
  newest_ = process.self;
  if (oldest_ == Process::kNone) oldest_ = process.self;
}

void ProcessTable::Unlink(Process& process) {
  if (process.newer != Process::kNone) at(process.newer).older = process.older;
  if (process.older != Process::kNone) at(process.older).newer = process.newer;
  if (newest_ == process.self) newest_ = process.older;
  if (oldest_ == process.self) oldest_ = process.newer;
  process.newer = process.older = Process::kNone;
}

Process* ProcessTable::Oldest() { return oldest_ == Process::kNone ? nullptr : &at(oldest_); }

void ProcessTable::Free(Process& first) {
  // Freeing the last kept child of an ended process that only stayed for it frees that one, too.
  for (Process* process = &first; process != nullptr;) {
    Process* parent = Parent(*process);
    if (process->state == Process::State::kLive) {
      Unlink(*process);
      if (parent != nullptr && parent->live_children > 0) --parent->live_children;
    }
    if (parent != nullptr) --parent->kept_children;
    const uint64_t key = Key(process->node, process->pid);
    if (by_pid_.Find(key) == process->self) by_pid_.Erase(key);
    texts_.Release(process->program);
    texts_.Release(process->user);
    texts_.Release(process->parent_program);
    texts_.Release(process->parent_user);
    ++process->generation;
    process->state = Process::State::kFree;
    free_.push_back(process->self);
    --in_use_;
    const bool only_stayed = parent != nullptr && parent->state == Process::State::kEnded &&
                             !parent->offered && parent->kept_children == 0;
    process = only_stayed ? parent : nullptr;
  }
}

void ProcessTable::ForgetEnded(uint32_t node) {
  std::erase_if(ended_, [&](const EndedEntry& entry) {
    Process& process = at(entry.index);
    if (process.generation != entry.generation) return true;
    if (process.node != node) return false;
    Free(process);
    return true;
  });
}

void ProcessTable::ForEachLive(const std::function<void(Process&)>& visit) {
  for (Process::Index i = newest_; i != Process::kNone; i = at(i).older) visit(at(i));
}

void ProcessTable::ForEachLiveOf(uint32_t node, const std::function<void(Process&)>& visit) {
  std::vector<Process*> found;
  ForEachLive([&](Process& process) {
    if (process.node == node) found.push_back(&process);
  });
  std::sort(found.begin(), found.end(),
            [](const Process* a, const Process* b) { return a->pid < b->pid; });
  for (Process* process : found) visit(*process);
}

}  // namespace pidigree
