#include "src/lineage/log_lineage.h"

#include <algorithm>

namespace pidigree {
namespace {

// wait4(2) options of callers that are told of stops, too: WUNTRACED, WCONTINUED, __WALL (tracers).
constexpr uint32_t kAsksForStops = 2 | 8 | 0x40000000;

}  // namespace

// exit(2) ends a thread; which of them was the last is known only if every thread was seen to
// begin.
void LogLineage::ApplyThreadExit(const LoggedCall& logged, Process& process) {
  ++process.threads_ended;
  process.maybe_ended_ms = logged.time_ms;
  if (process.threads_made == 0 || process.unseen_clones > 0 ||
      process.threads_ended <= process.threads_made)
    return;
  const LoggedFork* still_beginning =
      pending_.FindOf(logged.host, logged.pid, [&](const LoggedFork& fork) {
        return fork.result != ForkResult::kProcess && fork.call->clock_ms() <= logged.clock_ms();
      });
  if (still_beginning == nullptr) End(process, logged.time_ms, logged.time_ms);
}

void LogLineage::ApplyReap(const ReapFact& reap, Process& reaper) {
  if (IsInner(reaper.space)) return;
  const LoggedCall& logged = *reap.subject.logged;
  const bool surely_ended = (reap.options & kAsksForStops) == 0;
  Process* child = table_.Latest(logged.host, reap.child);
  if (child == nullptr || (child->state == Process::State::kEnded && child->reaped)) {
    // It died without a record, before the call that made it returned to another thread.
    const LoggedFork* birth = pending_.Find(logged.host, reap.child, [&](const LoggedFork& fork) {
      return fork.call->pid == reaper.pid && fork.result != ForkResult::kThread;
    });
    if (birth != nullptr) {
      ApplyAhead(*birth, logged.time_ms, 0);
      child = table_.Latest(logged.host, reap.child);
    }
  }
  if (ForkCandidate* candidate = candidates_.Find(logged.host, reap.child);
      candidate != nullptr && (candidate->space == PidSpace::kInitial ||
                               table_.At(candidate->ancestry.parent) == &reaper)) {
    if (surely_ended) Forget(*candidate);
    return;
  }
  if (child == nullptr) return;
  if (child->state == Process::State::kEnded) {
    child->reaped = true;
    return;
  }
  if (reaper.space != PidSpace::kInitial) {
    const bool own = table_.Parent(*child) == &reaper || child->present_ppid == reaper.pid ||
                     IsAncestor(*child, reaper.pid) == Kin::kYes;
    if (!own || !child->fork_known) return;
  }
  // Together with an exit(2) it is an end; alone it may be a stop under job control or ptrace(2).
  if (child->maybe_ended_ms >= 0) {
    // The stamp is that of the call's entry, and it may have waited.
    End(*child, child->maybe_ended_ms, std::max(child->maybe_ended_ms, logged.time_ms));
  } else {
    child->reaped = true;
    child->surely_reaped |= surely_ended;
  }
}

void LogLineage::End(Process& process, int64_t end_ms, int64_t time_ms) {
  const UtcTime time = UtcTime::FromMilliseconds(time_ms);
  // Its children will need it announced, and then it may be forgotten.
  if (process.live_children + process.unseen_children > 0) records_.Announce(process, time);
  records_.Terminate(process, process.user, UtcTime::FromMilliseconds(end_ms), time);
  process.last_ms = std::max(process.last_ms, end_ms);
  table_.End(process);
  spaces_.Leave(process.space);
  if (process.begins_space) EndSpace(process, time_ms);
}

// All members of a PID namespace, and of those below, are killed when its init ends.
void LogLineage::EndSpace(Process& init, int64_t time_ms) {
  candidates_.EraseInner(init.host, [&](const ForkCandidate& call) {
    const Process* caller = CallerOf(call);
    return caller != nullptr && spaces_.IsWithin(caller->space, init.space);
  });
  if (spaces_.IsEmpty(init.space)) return;
  table_.ForEachLiveOf(init.host, [&](Process& process) {
    if (!spaces_.IsWithin(process.space, init.space)) return;
    process.begins_space = false;  // all below is ended here
    process.killed = true;
    EndSilently(process, time_ms);
  });
}

// No record tells the end, but its number is somebody else's now.
void LogLineage::EndSilently(Process& process, int64_t time_ms) {
  ++counters_[Counter::kSilentEnds];
  End(process, process.maybe_ended_ms >= 0 ? process.maybe_ended_ms : process.last_ms, time_ms);
}

// ppid= only changes when the parent dies.
void LogLineage::NoteAdoption(Process& orphan, uint32_t ppid, int64_t time_ms) {
  const PidOrder& order = nodes_[orphan.host].order;
  const bool surely_the_same = order.Latest(orphan.pid) <= std::max(orphan.born_at, orphan.seen_at);
  if (!surely_the_same || IsAncestor(orphan, ppid) != Kin::kYes) return;
  Process* parent = Live(orphan.host, orphan.present_ppid);
  if (parent != nullptr && parent == table_.Parent(orphan)) EndSilently(*parent, time_ms);
  if (Process* adopter = Live(orphan.host, ppid); adopter != nullptr)
    adopter->seen_at = order.newest();
}

}  // namespace pidigree
