#include <algorithm>

#include "src/lineage/log_lineage.h"
#include "src/lineage/program_texts.h"

namespace pidigree {
namespace {

// A record that a dying process was still in follows its end within this.
constexpr int64_t kLateRecordMs = 1000;
constexpr uint32_t kMaxAncestors = 4096;

// The order of facts within a boot.
bool IsBefore(const LoggedCall& a, const LoggedCall& b) {
  return static_cast<int32_t>(a.serial - b.serial) < 0;
}

}  // namespace

Process& LogLineage::Resolve(const LoggedCall& logged, int ahead) {
  const uint32_t node = logged.host;
  Process* process = table_.Latest(node, logged.pid);

  // A child's own record may come before that of the fork.
  if (const LoggedFork* birth = BirthToCome(logged, process); birth != nullptr) {
    ApplyAhead(*birth, logged.time_ms, ahead);
    process = table_.Latest(node, logged.pid);
  }
  if (ForkCandidate* candidate = candidates_.Find(node, logged.pid);
      candidate != nullptr && CandidateMatches(*candidate, process, logged)) {
    if (process != nullptr && process->state == Process::State::kLive)
      EndSilently(*process, logged.time_ms);
    const bool by_parent = logged.has_ppid && logged.ppid == candidate->ancestry.parent_pid;
    process = &Promote(*candidate, node, logged.pid);
    if (Process* forker = table_.Parent(*process); by_parent && forker != nullptr)
      ConfirmInitialNumbers(*forker, logged.pid);
  }
  if (process == nullptr) return CreateFrom(logged, ahead);
  if (process->state == Process::State::kEnded) {
    if (IsLateRecord(*process, logged)) return *process;
    return CreateFrom(logged, ahead);
  }
  if (!BelongsTo(*process, logged, ahead > 0)) {
    ++counters_[Counter::kInferredNew];
    EndSilently(*process, logged.time_ms);
    return CreateFrom(logged, ahead);
  }
  Refresh(*process, logged, ahead > 0);
  return *process;
}

Process* LogLineage::Named(const LoggedCall& logged, uint32_t pid, int ahead) {
  const uint32_t node = logged.host;
  Process* process = table_.Latest(node, pid);
  if (const LoggedFork* birth = NamedBirthToCome(logged, pid); birth != nullptr) {
    ApplyAhead(*birth, logged.time_ms, ahead);
    process = table_.Latest(node, pid);
  }
  const bool live = process != nullptr && process->state == Process::State::kLive;
  if (ForkCandidate* candidate = candidates_.Find(node, pid);
      candidate != nullptr && candidate->outer &&
      (!live || process->surely_reaped || candidate->ancestry.clock_ms > process->last_clock_ms)) {
    if (live) EndSilently(*process, logged.time_ms);
    return &Promote(*candidate, node, pid);
  }
  if (live && process->surely_reaped) EndSilently(*process, logged.time_ms);
  return live && process->state == Process::State::kLive ? process : nullptr;
}

Process* LogLineage::PresentParent(const LoggedCall& logged, int ahead) {
  if (!logged.has_ppid || !ValidPid(logged.ppid)) return nullptr;
  const uint32_t node = logged.host;
  const uint32_t pid = logged.ppid;
  Process* parent = Named(logged, pid, ahead);
  bool live = parent != nullptr;
  const PidOrder& order = nodes_[node].order;
  const Process* child = Live(node, logged.pid);
  const uint64_t child_at = child != nullptr ? child->born_at : order.Latest(logged.pid);
  if (live && !nodes_[node].forks_seen && !StillTheParent(order, *parent, logged, child_at)) {
    ++counters_[Counter::kInferredNew];
    EndSilently(*parent, logged.time_ms);
    live = false;
  }
  if (!live) parent = &CreateNamed(logged, child_at);
  ++counters_[Counter::kInferredParents];
  return parent;
}

// A child's own record comes before that of the call that made it: then its parent is still in that
// call. Where that does not decide between the child and the number's former owner, stamps do.
const LoggedFork* LogLineage::BirthToCome(const LoggedCall& logged, Process* present) {
  const bool live = present != nullptr && present->state == Process::State::kLive;
  return pending_.Find(logged.host, logged.pid, [&](const LoggedFork& fork) {
    if (fork.call == &logged || fork.result == ForkResult::kThread || ReturnsInnerNumber(fork))
      return false;
    const bool begun = fork.call->clock_ms() <= logged.clock_ms();
    // `logged` is itself applied ahead of its turn, and its ppid= may be that of a later parent.
    if (IsBefore(*fork.call, logged) && begun && !live) return true;
    if (!logged.has_ppid) {
      // Of two in one tick, the crash is rather the former owner's end than all that the child did.
      return begun && !(live && logged.kind == CallKind::kAbend &&
                        fork.call->clock_ms() == logged.clock_ms());
    }
    // Not begun by its stamp, the call is still the only one that can have made this child of its
    // caller: the clock was set back.
    if (!begun)
      return !live && logged.ppid == fork.call->pid &&
             candidates_.Find(logged.host, logged.pid) == nullptr &&
             !(present != nullptr && IsLateRecord(*present, logged));
    return logged.ppid == fork.call->pid || (live ? MayBeSibling(fork, logged) : fork.sibling);
  });
}

// With CLONE_PARENT the child's parent is that of the caller, or who adopted both.
inline bool LogLineage::MayBeSibling(const LoggedFork& fork, const LoggedCall& logged) {
  if (!fork.sibling) return false;
  const Process* caller = table_.Latest(fork.call->host, fork.call->pid);
  return logged.ppid == fork.call->ppid ||
         (caller != nullptr && logged.ppid == caller->present_ppid);
}

const LoggedFork* LogLineage::NamedBirthToCome(const LoggedCall& logged, uint32_t pid) {
  return pending_.Find(logged.host, pid, [&](const LoggedFork& fork) {
    return fork.call != &logged && fork.result != ForkResult::kThread &&
           !ReturnsInnerNumber(fork) && fork.call->clock_ms() <= logged.clock_ms();
  });
}

// Whether the fork result that names logged.pid was that process's birth.
inline bool LogLineage::CandidateMatches(const ForkCandidate& candidate, const Process* present,
                                         const LoggedCall& logged) {
  const bool live =
      present != nullptr && present->state == Process::State::kLive && !present->surely_reaped;
  const Ancestry& ancestry = candidate.ancestry;
  if (logged.has_ppid && logged.ppid == ancestry.parent_pid) return true;
  if (!candidate.outer) return false;
  if (!logged.has_ppid) return true;
  if (candidate.sibling && logged.ppid == ancestry.parent_ppid) return true;
  if (nodes_[logged.host].order.HasPassed(logged.pid, ancestry.newest_then) &&
      !LooksBornOf(ancestry, logged))
    return false;
  // Adopted since: the caller of fork is gone.
  Process* const forker = table_.At(ancestry.parent);
  if (forker == nullptr) return !live;
  const Kin kin = IsAncestor(*forker, logged.ppid);
  if (kin != Kin::kUnknown) return kin == Kin::kYes;
  return !IsLive(forker) && !(live && logged.ppid == present->present_ppid);
}

// Of a candidate whose number has come round since, and a process that others than its caller may
// have made.
bool LogLineage::LooksBornOf(const Ancestry& ancestry, const LoggedCall& logged) {
  if (IsOtherLogin(ancestry.login, LoginOf(logged))) return false;
  if (logged.session != kUnset || ParentTells(logged)) return true;
  return logged.kind != CallKind::kExec && Runs(ancestry.program, logged);
}

bool LogLineage::IsLateRecord(const Process& process, const LoggedCall& logged) {
  switch (logged.kind) {
    case CallKind::kSighting:
    case CallKind::kThreadExit:
    case CallKind::kReap:
    case CallKind::kExit:
      break;
    case CallKind::kFork:
    case CallKind::kExec:
    case CallKind::kAbend:
    case CallKind::kKill:
    case CallKind::kNamespaces:
      if (!process.killed) return false;
      break;
  }
  return logged.clock_ms() <= process.last_clock_ms + kLateRecordMs &&
         (!logged.has_ppid || logged.ppid == process.present_ppid);
}

LogLineage::Kin LogLineage::IsAncestor(Process& process, uint32_t pid) {
  if (pid == 1) return Kin::kYes;
  Process* up = &process;
  for (uint32_t depth = 0; depth < kMaxAncestors; ++depth) {
    if (up->parent_pid == pid) return Kin::kYes;
    Process* parent = table_.Parent(*up);
    if (parent == nullptr)
      return up->pid == 1 || (up->parent_pid == 0 && up->has_ppid) ? Kin::kNo : Kin::kUnknown;
    up = parent;
  }
  return Kin::kUnknown;
}

// Whether a record of a live process's PID is still that process's.
inline bool LogLineage::BelongsTo(Process& process, const LoggedCall& logged, bool ahead) {
  return nodes_[logged.host].forks_seen ? BelongsByForks(process, logged, ahead)
                                        : BelongsByOrder(process, logged);
}

// Where forks are recorded, a birth that none of them tells is that of a child of a
// process in an inner PID namespace, or of one whose calls make no records.
inline bool LogLineage::BelongsByForks(Process& process, const LoggedCall& logged, bool ahead) {
  if (!logged.has_ppid || !process.has_ppid) return !process.surely_reaped;
  const bool parent_tells = ParentTells(logged);
  if (!parent_tells && MayBeReused(process) && !LooksTheSame(process, logged)) return false;
  if (logged.ppid == process.present_ppid) return !process.surely_reaped || parent_tells;
  if (process.surely_reaped) return false;
  // Another parent: adopted by pid 1 or a subreaper above it, or another process.
  switch (IsAncestor(process, logged.ppid)) {
    case Kin::kYes:
      return true;
    case Kin::kNo:
      return parent_tells || (process.entered_space && process.space != PidSpace::kInitial);
    case Kin::kUnknown:
      break;
  }
  // A call that has not returned yet tells who will be the parent by then.
  const Process* parent = table_.Parent(process);
  return ahead || parent_tells || !IsLive(parent) || parent->maybe_ended_ms >= 0;
}

// Whether a child of the process that ppid= means would have been told by a fork record.
bool LogLineage::ParentTells(const LoggedCall& logged) {
  const Process* parent = Live(logged.host, logged.ppid);
  return parent != nullptr && parent->space == PidSpace::kInitial && parent->forks;
}

// Whether its number has come round since it was last seen.
bool LogLineage::MayBeReused(const Process& process) const {
  return nodes_[process.host].order.HasPassed(process.pid,
                                              std::max(process.born_at, process.seen_at));
}

// Of a process whose number may be another's: a thread that ended may have been its last, and what
// wait4(2) returned may have been stopped, but that is rarer. A program does not change without an
// exec, nor a login without a LOGIN record.
bool LogLineage::LooksTheSame(const Process& process, const LoggedCall& logged) {
  if (IsOtherLogin(process.login, LoginOf(logged))) return false;
  switch (ProgramOf(process, logged)) {
    case ProgramSays::kTheSame:
      return true;
    case ProgramSays::kAnother:
      return false;
    case ProgramSays::kNothing:
      break;
  }
  return process.maybe_ended_ms < 0 && !process.reaped;
}

// The same where nothing but the order of numbers tells of births.
inline bool LogLineage::BelongsByOrder(Process& process, const LoggedCall& logged) {
  const PidOrder& order = nodes_[logged.host].order;
  const Process* parent = logged.has_ppid ? Live(logged.host, logged.ppid) : nullptr;
  const bool adopted = logged.has_ppid && process.has_ppid && logged.ppid != process.present_ppid;
  if (adopted && !CanAdopt(parent, process)) return false;
  if (order.Latest(process.pid) <= process.born_at) return true;
  if (adopted && IsAncestor(process, logged.ppid) != Kin::kYes) return false;
  const bool same = StillTheProcess(order, process, logged, parent, ProgramOf(process, logged));
  counters_[Counter::kInferredSame] += same;
  return same;
}

ProgramSays LogLineage::ProgramOf(const Process& process, const LoggedCall& logged) {
  if (logged.kind == CallKind::kExec) return ProgramSays::kNothing;
  if (Runs(process.program, logged)) return ProgramSays::kTheSame;
  const bool known = process.executed && !logged.exe.empty();
  return known ? ProgramSays::kAnother : ProgramSays::kNothing;
}

// Whether exe= in `logged` is the image of `program`, which may be null.
bool LogLineage::Runs(const SharedText* program, const LoggedCall& logged) {
  return program != nullptr && !logged.exe.empty() && program->part(kImage) == ImageOf(logged);
}

// Adopters are older than the orphan, and pid 1 keeps whom it has adopted. `adopter` is null if not
// known.
bool LogLineage::CanAdopt(const Process* adopter, const Process& orphan) {
  if (orphan.present_ppid == 1) return false;
  return adopter == nullptr || !adopter->forked || adopter->born_at <= orphan.born_at;
}

}  // namespace pidigree
