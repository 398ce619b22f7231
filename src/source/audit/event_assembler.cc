#include "src/source/audit/event_assembler.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "src/base/prefetch.h"
#include "src/source/audit/call_facts.h"
#include "src/source/audit/event_merge.h"

namespace pidigree {

namespace {

constexpr int64_t kIdleWithinMs = 60'000;

constexpr int64_t kNextSerials = 16;  // so many, or fewer, go on from where another log ended
constexpr int64_t kStragglers = 4;    // and so many may have been overtaken at the seam

constexpr size_t kFetchAhead = 8;  // fragments; another processor may have made them

BootTracker::Sight SightOf(const EventFragment& event) {
  const CallKind kind = event.call.kind;
  return {.time_ms = event.call.time_ms,
          .mark = event.boot_mark,
          .prompt = kind == CallKind::kExit || kind == CallKind::kThreadExit ||
                    (event.has_subject && !event.has_syscall)};
}

}  // namespace

// ---- Input

void EventAssembler::Add(std::shared_ptr<ParsedChunk> chunk) {
  BeginFile(*chunk->chunk.file);
  CountChunk(*chunk);
  const uint64_t start = statistics_.bytes;
  statistics_.bytes += chunk->chunk.text.size();
  if (chunk->fragments.empty()) return;
  ParsedChunk& parsed = *chunk;
  parsed.pending = parsed.fragments.size() + 1;  // one for this function
  parsed.sequence = first_held_ + held_.size();
  held_.push_back(std::move(chunk));
  for (size_t i = 0; i < parsed.fragments.size(); ++i) {
    EventFragment& fragment = parsed.fragments[i];
    PrefetchToWrite(&fragment, sizeof fragment, kFetchAhead * sizeof fragment);
    TakeFragment(fragment, start + fragment.line_offset);
  }
  if (run_->home == &parsed) run_text_ = std::move(parsed.chunk.buffer);
  parsed.chunk.buffer.reset();
  LetGo(parsed);
}

void EventAssembler::BeginFile(const LogFile& file) {
  if (file.set == set_) return;
  ProcessRun();
  last_node_ = nullptr;
  set_ = file.set;
}

void EventAssembler::CountChunk(const ParsedChunk& chunk) {
  if (file_ != chunk.chunk.file) {
    file_ = chunk.chunk.file;
    file_lines_ = 0;
  }
  KeepQuotes(chunk.malformed, statistics_.malformed_quotes);
  KeepQuotes(chunk.unknown_types, statistics_.unknown_type_quotes);
  file_lines_ += chunk.lines;
  statistics_.lines += chunk.lines;
  statistics_.malformed += chunk.malformed.count;
  statistics_.unknown_arch += chunk.unknown_arch;
  for (size_t i = 0; i < kRecordKinds; ++i) statistics_.records[i] += chunk.records[i];
}

void EventAssembler::KeepQuotes(const QuotedLines& lines,
                                std::vector<AuditStatistics::Quote>& kept) const {
  for (const QuotedLines::Quote& quote : lines.quotes()) {
    if (kept.size() == QuotedLines::kMaxQuotes) return;
    kept.push_back({file_ != nullptr ? file_->name : std::string(), file_lines_ + quote.line,
                    std::string(quote.text)});
  }
}

void EventAssembler::TakeFragment(EventFragment& fragment, uint64_t position) {
  if (run_ != nullptr && run_->call.serial == fragment.call.serial &&
      run_->call.time_ms == fragment.call.time_ms && run_->is_daemon == fragment.is_daemon &&
      run_->node_name == fragment.node_name) {
    MergeFragment(*run_, fragment);
    return;
  }
  ProcessRun();
  run_ = &fragment;
  run_position_ = position;
}

void EventAssembler::ProcessRun() {
  if (run_ == nullptr) return;
  EventFragment& event = *std::exchange(run_, nullptr);
  newest_input_ms_ = event.call.time_ms;
  AuditNode* node = FindNode(event);
  if (node == nullptr) {
    ++statistics_.node_limit_drops;
    Discard(event);
    return;
  }
  if (event.is_daemon) {
    node->boot.SawDaemonStart();
    if (event.kernel != 0) node->names_processes = event.kernel >= ThreadIds::kFirstWithProcess;
    Discard(event);
    return;
  }
  Classify(*node, event);
  EnforceBounds();
}

AuditNode* EventAssembler::FindNode(const EventFragment& event) {
  if (last_node_ != nullptr && last_node_->name == event.node_name) return last_node_;
  const bool nameless = event.node_name.empty();
  const auto found = nodes_by_name_.find(event.node_name);
  if (!nameless && found != nodes_by_name_.end()) return last_node_ = found->second;
  if (nameless && (last_node_ = FindNameless(event)) != nullptr) return last_node_;
  if (nodes_.size() == limits_.max_nodes) return nullptr;

  AuditNode& node = nodes_.emplace_back();
  node.name = event.node_name;
  node.index = static_cast<uint32_t>(nodes_.size() - 1);
  if (nameless)
    nameless_[set_] = {&node, event.call.serial, event.call.time_ms, std::string(LineOf(event))};
  else
    nodes_by_name_.emplace(node.name, &node);
  consumer_.NewHost(node.index, node.name, LineOf(event));
  return last_node_ = &node;
}

// Its first line.
std::string_view EventAssembler::LineOf(const EventFragment& event) {
  const std::string_view text = event.home->chunk.text.substr(event.line_offset);
  return text.substr(0, text.find('\n'));
}

AuditNode* EventAssembler::FindNameless(const EventFragment& event) {
  const auto known = nameless_.find(set_);
  if (known != nameless_.end()) return known->second.node;
  if (nameless_.empty()) return nullptr;
  const std::string_view line = LineOf(event);
  for (const auto& [set, before] : nameless_) {
    if (!limits_.one_host && !MayGoOn(before, event.call, line)) continue;
    AuditNode* const node = before.node;
    nameless_[set_] = {node, event.call.serial, event.call.time_ms, std::string(line)};
    return node;
  }
  // auditd's own serials do not tell.
  if (event.is_daemon) return nameless_.begin()->second.node;
  statistics_.files_apart.push_back(file_->name);
  return nullptr;
}

// Whether a log that begins with `line` may be of the host of `before`: it begins later than what
// is known, or with the next serials, or it is there already.
bool EventAssembler::MayGoOn(const Nameless& before, const ParsedCall& call,
                             std::string_view line) const {
  const AuditNode& node = *before.node;
  if (call.serial == before.serial && call.time_ms == before.time_ms) return line == before.line;
  const int64_t order = node.boot.Order(call.serial);
  const int64_t ahead = order - node.boot.highest();
  return call.time_ms > node.newest_ms || (ahead >= -kStragglers && ahead <= kNextSerials) ||
         node.queue.Find(order, call.time_ms) != nullptr ||
         released_.Contains(node.index, call.serial, call.time_ms);
}

void EventAssembler::Classify(AuditNode& node, EventFragment& event) {
  const ParsedCall& call = event.call;
  const int64_t order = node.boot.Order(call.serial);
  node.newest_ms = std::max(node.newest_ms, call.time_ms);
  if (PendingEvent* known = node.queue.Find(order, call.time_ms)) return MergeInto(*known, event);
  if (PendingEvent* known = FindStraggler(node, call)) return MergeInto(*known, event);
  ReleaseDue(node, node.boot.ClockAt(SightOf(event)));

  if (order <= node.released && released_.Contains(node.index, call.serial, call.time_ms)) {
    // Either a record that comes too late, or all of it once more.
    if (event.has_syscall || event.has_subject) {
      ++statistics_.duplicates;
    } else {
      ++statistics_.late;
    }
    Discard(event);
    return;
  }
  switch (node.boot.Judge(order, SightOf(event), node.released)) {
    case BootTracker::Verdict::kInOrder:
      ApplyStragglers(node);
      Insert(node, event, order, run_position_);
      break;
    case BootTracker::Verdict::kStraggler:
      HoldStraggler(node, event, order);
      break;
    case BootTracker::Verdict::kReboot:
      Restart(node);
      Insert(node, event, node.boot.Order(call.serial), run_position_);
      break;
  }
}

void EventAssembler::FlushIdle(int64_t now_ms) {
  if (run_ != nullptr) newest_input_ms_ = run_->call.time_ms;
  if (std::abs(now_ms - newest_input_ms_) > kIdleWithinMs) return;
  ProcessRun();
  for (AuditNode& node : nodes_) {
    ApplyStragglers(node);
    ReleaseAll(node);
  }
}

bool EventAssembler::Finish(size_t max_events) {
  ProcessRun();
  for (; finished_nodes_ < nodes_.size(); ++finished_nodes_) {
    AuditNode& node = nodes_[finished_nodes_];
    if (node.stragglers.size() >= BootTracker::kNewBootRunAtEnd) {
      Restart(node);
    } else {
      ApplyStragglers(node);
    }
    for (; !node.queue.empty(); --max_events) {
      if (max_events == 0) return false;
      ReleaseFront(node);
    }
  }
  return true;
}

// ---- Window

PendingEvent& EventAssembler::NewPending(AuditNode& node, EventFragment& event, uint64_t position) {
  if (free_pending_.empty()) free_pending_.push_back(&pending_.emplace_back());
  PendingEvent& pending = *free_pending_.back();
  free_pending_.pop_back();
  pending = {};
  pending.event = &event;
  pending.node = &node;
  pending.position = position;
  pending.older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = &pending;
  newest_ = &pending;
  ++pending_count_;
  return pending;
}

void EventAssembler::Unlink(PendingEvent& pending) {
  (pending.older != nullptr ? pending.older->newer : oldest_) = pending.newer;
  (pending.newer != nullptr ? pending.newer->older : newest_) = pending.older;
  --pending_count_;
  free_pending_.push_back(&pending);
}

void EventAssembler::Insert(AuditNode& node, EventFragment& event, int64_t order,
                            uint64_t position) {
  const BootTracker::Sight sight = SightOf(event);
  const bool stepped = node.boot.Accept(order, sight, limits_.look_ahead_ms);
  PendingEvent& pending = NewPending(node, event, position);
  pending.order = order;
  pending.arrived_ms = node.boot.ClockAt(sight);
  node.queue.Insert(&pending);
  event.call.host = node.index;
  event.call.clock_shift_ms = node.boot.ShiftOf(order, sight);
  if (stepped) {
    ++statistics_.clock_steps;
    node.queue.ForEachFrom(node.boot.step_order(), [&](PendingEvent& since) {
      since.event->call.clock_shift_ms = node.boot.ShiftOf(since.order, SightOf(*since.event));
    });
  }
  if (event.call.kind == CallKind::kFork) Foresee(node, event);
}

// From here on the number of the caller stays as it is.
void EventAssembler::Foresee(AuditNode& node, EventFragment& event) {
  if (node.threads == nullptr && !node.names_processes &&
      event.call.fork_result == ForkResult::kThread)
    node.threads = std::make_unique<ThreadIds>();
  if (node.threads != nullptr) {
    node.threads->Resolve(event.call);
    node.threads->SawResult(event.call);
  }
  consumer_.Foresee(ForkOf(event.call));
}

void EventAssembler::MergeInto(PendingEvent& pending, EventFragment& later) {
  EventFragment& event = *pending.event;
  const bool was_fork = event.call.kind == CallKind::kFork;
  MergeFragment(event, later);
  event.call.host = pending.node->index;
  if (!was_fork && !pending.straggler && event.call.kind == CallKind::kFork)
    Foresee(*pending.node, event);
}

PendingEvent* EventAssembler::FindStraggler(AuditNode& node, const ParsedCall& call) {
  for (PendingEvent* straggler : node.stragglers) {
    const ParsedCall& held = straggler->event->call;
    if (held.serial == call.serial && held.time_ms == call.time_ms) return straggler;
  }
  return nullptr;
}

void EventAssembler::HoldStraggler(AuditNode& node, EventFragment& event, int64_t order) {
  PendingEvent& pending = NewPending(node, event, run_position_);
  pending.straggler = true;
  pending.order = order;
  node.stragglers.push_back(&pending);
  if (node.stragglers.size() == BootTracker::kNewBootRun) Restart(node);
}

// They were late: applied now, out of order, rather than lost.
void EventAssembler::ApplyStragglers(AuditNode& node) {
  for (PendingEvent* straggler : node.stragglers) {
    EventFragment& event = *straggler->event;
    Unlink(*straggler);
    ++statistics_.late;
    event.call.host = node.index;
    event.call.clock_shift_ms = node.boot.ShiftOf(straggler->order, SightOf(event));
    if (event.call.kind == CallKind::kFork) Foresee(node, event);
    Emit(node, event);
  }
  node.stragglers.clear();
}

// The node has rebooted; its stragglers are the first events of the new boot.
void EventAssembler::Restart(AuditNode& node) {
  ReleaseAll(node);
  ++statistics_.reboots;
  consumer_.Reboot(node.index);
  node.boot.Restart();
  node.threads.reset();
  node.released = AuditNode::kNothingReleased;
  for (PendingEvent* first : std::exchange(node.stragglers, {})) {
    EventFragment& event = *first->event;
    const uint64_t position = first->position;
    Unlink(*first);
    Insert(node, event, node.boot.Order(event.call.serial), position);
  }
}

void EventAssembler::ReleaseDue(AuditNode& node, int64_t clock_ms) {
  while (!node.queue.empty() && node.queue.front().arrived_ms <= clock_ms - limits_.look_ahead_ms)
    ReleaseFront(node);
}

void EventAssembler::ReleaseFront(AuditNode& node) {
  node.queue.FetchNext();
  PendingEvent& first = node.queue.front();
  EventFragment& event = *first.event;
  node.released = first.order;
  node.queue.PopFront();
  Unlink(first);
  Emit(node, event);
}

void EventAssembler::ReleaseAll(AuditNode& node) {
  while (!node.queue.empty()) ReleaseFront(node);
}

void EventAssembler::EnforceBounds() {
  while (oldest_ != nullptr && (pending_count_ > limits_.look_ahead_events ||
                                run_position_ - oldest_->position > limits_.look_ahead_bytes)) {
    AuditNode& node = *oldest_->node;
    if (oldest_->straggler) {
      ApplyStragglers(node);
      continue;
    }
    ++statistics_.look_ahead_cut;
    ReleaseFront(node);
  }
}

// ---- Output

void EventAssembler::Emit(AuditNode& node, EventFragment& event) {
  ParsedCall& call = event.call;
  ++statistics_.events;
  released_.Add(node.index, call.serial, call.time_ms);
  if (event.has_abend && call.kind == CallKind::kSighting) call.kind = CallKind::kAbend;

  if (event.has_execve && call.exec_if_told) call.kind = CallKind::kExec;

  if (event.has_syscall || event.has_subject) {
    FinishExe(event);
    if (node.threads != nullptr && call.kind != CallKind::kFork) node.threads->Resolve(call);
    if (node.threads != nullptr && call.kind == CallKind::kExit) node.threads->SawEnd(call);
    if (call.kind == CallKind::kExec) {
      ++statistics_.execs;
      if (FinishCommandLine(event, limits_.max_command_line, room_))
        ++statistics_.cut_command_lines;
      if (!call.complete) ++statistics_.incomplete;
    }
    if (call.kind == CallKind::kKill) {
      CollectTargets(event, targets_);
      if (targets_.empty()) call.kind = CallKind::kSighting;
    }
    statistics_.facts += call.kind == CallKind::kKill ? targets_.size() : 1;
    TellCall(call, targets_, consumer_);
  }
  Discard(event);
}

void EventAssembler::Discard(EventFragment& event) {
  statistics_.duplicates += event.duplicates;
  for (EventFragment* part = &event; part != nullptr;) {
    EventFragment* next = part->next;
    LetGo(*part->home);
    part = next;
  }
}

void EventAssembler::LetGo(ParsedChunk& chunk) {
  if (--chunk.pending > 0) return;
  held_[chunk.sequence - first_held_].reset();
  while (!held_.empty() && held_.front() == nullptr) {
    held_.pop_front();
    ++first_held_;
  }
}

}  // namespace pidigree
