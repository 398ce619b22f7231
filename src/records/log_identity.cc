#include <algorithm>

#include "src/lineage/pid_inference.h"
#include "src/records/log_lineage_impl.h"

namespace pidigree {
namespace {

// A record that a dying process was still in follows its end within this.
constexpr int64_t kLateRecordMs = 1000;
constexpr uint32_t kMaxAncestors = 4096;

// The order of facts within a boot.
bool IsBefore(const ProcessFact& a, const ProcessFact& b) {
  return static_cast<int32_t>(a.serial - b.serial) < 0;
}

}  // namespace

Process& LogLineage::Impl::Subject(const ProcessFact& fact, int ahead) {
  const uint32_t node = fact.node;
  Process* process = table_.Latest(node, fact.pid);

  // A child's own record may come before that of the fork.
  if (const ProcessFact* birth = BirthToCome(fact, process); birth != nullptr) {
    ApplyAhead(*birth, fact.time_ms, ahead);
    process = table_.Latest(node, fact.pid);
  }
  if (ForkCandidate* candidate = candidates_.Find(node, fact.pid);
      candidate != nullptr && CandidateMatches(*candidate, process, fact)) {
    if (process != nullptr && process->state == Process::State::kLive)
      EndSilently(*process, fact.time_ms);
    const bool by_parent = fact.has_ppid && fact.ppid == candidate->ancestry.parent_pid;
    process = &Promote(*candidate, node, fact.pid);
    if (Process* forker = table_.Parent(*process); by_parent && forker != nullptr)
      ConfirmInitialNumbers(*forker, fact.pid);
  }
  if (process == nullptr) return CreateFrom(fact, ahead);
  if (process->state == Process::State::kEnded) {
    if (IsLateRecord(*process, fact)) return *process;
    return CreateFrom(fact, ahead);
  }
  if (!BelongsTo(*process, fact, ahead > 0)) {
    ++statistics.inferred_new;
    EndSilently(*process, fact.time_ms);
    return CreateFrom(fact, ahead);
  }
  Refresh(*process, fact, ahead > 0);
  return *process;
}

Process* LogLineage::Impl::Named(const ProcessFact& fact, uint32_t pid, int ahead) {
  const uint32_t node = fact.node;
  Process* process = table_.Latest(node, pid);
  if (const ProcessFact* birth = NamedBirthToCome(fact, pid); birth != nullptr) {
    ApplyAhead(*birth, fact.time_ms, ahead);
    process = table_.Latest(node, pid);
  }
  const bool live = process != nullptr && process->state == Process::State::kLive;
  if (ForkCandidate* candidate = candidates_.Find(node, pid);
      candidate != nullptr && candidate->outer &&
      (!live || process->surely_reaped || candidate->ancestry.clock_ms > process->last_clock_ms)) {
    if (live) EndSilently(*process, fact.time_ms);
    return &Promote(*candidate, node, pid);
  }
  if (live && process->surely_reaped) EndSilently(*process, fact.time_ms);
  return live && process->state == Process::State::kLive ? process : nullptr;
}

Process* LogLineage::Impl::PresentParent(const ProcessFact& fact, int ahead) {
  if (!fact.has_ppid || !ValidPid(fact.ppid)) return nullptr;
  const uint32_t node = fact.node;
  const uint32_t pid = fact.ppid;
  Process* parent = Named(fact, pid, ahead);
  bool live = parent != nullptr;
  const PidOrder& order = nodes_[node].order;
  const Process* child = Live(node, fact.pid);
  const uint64_t child_at = child != nullptr ? child->born_at : order.Latest(fact.pid);
  if (live && !nodes_[node].forks_seen && !StillTheParent(order, *parent, fact, child_at)) {
    ++statistics.inferred_new;
    EndSilently(*parent, fact.time_ms);
    live = false;
  }
  if (!live) parent = &CreateNamed(fact, child_at);
  ++statistics.inferred_parents;
  return parent;
}

// A child's own record comes before that of the call that made it: then its parent is still in that
// call. Where that does not decide between the child and the number's former owner, stamps do.
const ProcessFact* LogLineage::Impl::BirthToCome(const ProcessFact& fact, Process* present) {
  const bool live = present != nullptr && present->state == Process::State::kLive;
  return pending_.Find(fact.node, fact.pid, [&](const ProcessFact& fork) {
    if (&fork == &fact || fork.fork_result == ForkResult::kThread || ReturnsInnerNumber(fork))
      return false;
    const bool begun = fork.clock_ms() <= fact.clock_ms();
    // `fact` is itself applied ahead of its turn, and its ppid= may be that of a later parent.
    if (IsBefore(fork, fact) && begun && !live) return true;
    if (!fact.has_ppid) {
      // Of two in one tick, the crash is rather the former owner's end than all that the child did.
      return begun &&
             !(live && fact.kind == FactKind::kAbend && fork.clock_ms() == fact.clock_ms());
    }
    // Not begun by its stamp, the call is still the only one that can have made this child of its
    // caller: the clock was set back.
    if (!begun)
      return !live && fact.ppid == fork.pid && candidates_.Find(fact.node, fact.pid) == nullptr &&
             !(present != nullptr && IsLateRecord(*present, fact));
    return fact.ppid == fork.pid || (live ? MayBeSibling(fork, fact) : fork.sibling);
  });
}

// With CLONE_PARENT the child's parent is that of the caller, or who adopted both.
bool LogLineage::Impl::MayBeSibling(const ProcessFact& fork, const ProcessFact& fact) {
  if (!fork.sibling) return false;
  const Process* caller = table_.Latest(fork.node, fork.pid);
  return fact.ppid == fork.ppid || (caller != nullptr && fact.ppid == caller->present_ppid);
}

const ProcessFact* LogLineage::Impl::NamedBirthToCome(const ProcessFact& fact, uint32_t pid) {
  return pending_.Find(fact.node, pid, [&](const ProcessFact& fork) {
    return &fork != &fact && fork.fork_result != ForkResult::kThread && !ReturnsInnerNumber(fork) &&
           fork.clock_ms() <= fact.clock_ms();
  });
}

// Whether the fork result that names fact.pid was that process's birth.
bool LogLineage::Impl::CandidateMatches(const ForkCandidate& candidate, const Process* present,
                                        const ProcessFact& fact) {
  const bool live =
      present != nullptr && present->state == Process::State::kLive && !present->surely_reaped;
  const Ancestry& ancestry = candidate.ancestry;
  if (fact.has_ppid && fact.ppid == ancestry.parent_pid) return true;
  if (!candidate.outer) return false;
  if (!fact.has_ppid || (!live && candidate.space == PidSpace::kInitial)) return true;
  if (candidate.sibling && fact.ppid == ancestry.parent_ppid) return true;
  // Adopted since: the caller of fork is gone.
  Process* const forker = table_.At(ancestry.parent);
  if (forker == nullptr) return !live;
  const Kin kin = IsAncestor(*forker, fact.ppid);
  if (kin != Kin::kUnknown) return kin == Kin::kYes;
  return !IsLive(forker) && !(live && fact.ppid == present->present_ppid);
}

bool LogLineage::Impl::IsLateRecord(const Process& process, const ProcessFact& fact) {
  switch (fact.kind) {
    case FactKind::kSighting:
    case FactKind::kThreadExit:
    case FactKind::kReap:
    case FactKind::kExit:
      break;
    case FactKind::kFork:
    case FactKind::kExec:
    case FactKind::kAbend:
    case FactKind::kKill:
    case FactKind::kNamespaces:
      if (!process.killed) return false;
      break;
  }
  return fact.clock_ms() <= process.last_clock_ms + kLateRecordMs &&
         (!fact.has_ppid || fact.ppid == process.present_ppid);
}

LogLineage::Impl::Kin LogLineage::Impl::IsAncestor(Process& process, uint32_t pid) {
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
bool LogLineage::Impl::BelongsTo(Process& process, const ProcessFact& fact, bool ahead) {
  return nodes_[fact.node].forks_seen ? BelongsByForks(process, fact, ahead)
                                      : BelongsByOrder(process, fact);
}

// Where forks are recorded, a birth that none of them tells is that of a child of a
// process in an inner PID namespace, or of one whose calls make no records.
bool LogLineage::Impl::BelongsByForks(Process& process, const ProcessFact& fact, bool ahead) {
  if (!fact.has_ppid || !process.has_ppid) return !process.surely_reaped;
  const Process* named = table_.Latest(fact.node, fact.ppid);
  const bool parent_tells = named != nullptr && named->state == Process::State::kLive &&
                            named->space == PidSpace::kInitial && named->forks;
  if (fact.ppid == process.present_ppid) return !process.surely_reaped || parent_tells;
  if (process.surely_reaped) return false;
  // Another parent: adopted by pid 1 or a subreaper above it, or another process.
  switch (IsAncestor(process, fact.ppid)) {
    case Kin::kYes:
      return true;
    case Kin::kNo:
      return parent_tells || process.space != PidSpace::kInitial;
    case Kin::kUnknown:
      break;
  }
  // A call that has not returned yet tells who will be the parent by then.
  const Process* parent = table_.Parent(process);
  return ahead || parent_tells || !IsLive(parent) || parent->maybe_ended_ms >= 0;
}

// The same where nothing but the order of numbers tells of births.
bool LogLineage::Impl::BelongsByOrder(Process& process, const ProcessFact& fact) {
  const PidOrder& order = nodes_[fact.node].order;
  const Process* parent = fact.has_ppid ? Live(fact.node, fact.ppid) : nullptr;
  const bool adopted = fact.has_ppid && process.has_ppid && fact.ppid != process.present_ppid;
  if (adopted && !CanAdopt(parent, process)) return false;
  if (order.Latest(process.pid) <= process.born_at) return true;
  if (adopted && IsAncestor(process, fact.ppid) != Kin::kYes) return false;
  const bool same = StillTheProcess(order, process, fact, parent);
  statistics.inferred_same += same;
  return same;
}

// Adopters are older than the orphan, and pid 1 keeps whom it has adopted. `adopter` is null if not
// known.
bool LogLineage::Impl::CanAdopt(const Process* adopter, const Process& orphan) {
  if (orphan.present_ppid == 1) return false;
  return adopter == nullptr || !adopter->forked || adopter->born_at <= orphan.born_at;
}

}  // namespace pidigree
