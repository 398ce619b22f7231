#include <algorithm>

#include "src/lineage/log_lineage.h"

namespace pidigree {
namespace {

// What others may take of the numbers unseen while one that is certain comes.
constexpr uint32_t kNearNumbers = 2048;

}  // namespace

void LogLineage::ApplyFork(const LoggedFork& fork, Process& forker) {
  if (fork.result == ForkResult::kThread) {
    ++forker.threads_made;
    nodes_[fork.call->host].order.Advance(fork.child);
    Process* former = table_.Latest(fork.call->host, fork.child);
    if (forker.space == PidSpace::kInitial && IsLive(former))
      EndSilently(*former, fork.call->time_ms);
    return;
  }
  if (!ValidPid(fork.child)) {
    ++counters_[Counter::kBadPids];
    return;
  }
  MakeChild(fork, forker, fork.call->time_ms);
}

// A record that names the child comes before the fork's own.
bool LogLineage::ApplyAhead(LoggedFork fork, int64_t named_ms, int ahead) {
  if (ahead >= kMaxForesight || !pending_.Remove(fork)) return false;
  Process& forker = Resolve(*fork.call, ahead + 1);
  if (forker.state == Process::State::kLive && fork.result != ForkResult::kThread)
    MakeChild(fork, forker, named_ms);
  return true;
}

void LogLineage::MakeChild(const LoggedFork& fork, Process& forker, int64_t named_ms) {
  const uint32_t pid = fork.child;
  // The caller's own number is no child's in the initial namespace.
  if (pid == fork.call->pid && !IsInner(forker.space)) forker.space = PidSpace::kInner;
  const bool initial = forker.space == PidSpace::kInitial;
  Process* present = table_.Latest(fork.call->host, pid);
  if (!IsInner(forker.space) && IsLive(present)) {
    // Its own record came before, too early for the fork to be foreseen.
    if (!present->fork_known && present->has_ppid && present->present_ppid == forker.pid &&
        present->last_clock_ms >= fork.call->clock_ms() && table_.Parent(*present) == &forker) {
      present->fork_known = true;
      present->forked = true;
      return;
    }
    if (initial) EndSilently(*present, fork.call->time_ms);
  }

  Ancestry ancestry = TakeAncestry(fork, forker);
  if (initial) {
    nodes_[fork.call->host].order.Advance(pid);
    nodes_[fork.call->host].newest_number = pid;
  }
  if (initial && fork.result == ForkResult::kProcess) {
    GiveAncestry(Create(fork.call->host, pid, named_ms), ancestry);
    return;
  }
  ++forker.unseen_children;
  const bool clone3 = fork.result == ForkResult::kUnknown;
  forker.unseen_clones += clone3;
  candidates_.Add(fork.call->host, pid,
                  {.clone3 = clone3,
                   .sibling = fork.sibling,
                   .space = forker.space,
                   .outer = initial || (forker.space == PidSpace::kUnknown &&
                                        MayBeInitial(fork.call->host, pid)),
                   .ancestry = ancestry});
}

Process& LogLineage::Create(uint32_t node, uint32_t pid, int64_t named_ms) {
  candidates_.Erase(node, pid);
  Node& state = nodes_[node];
  Process& process = table_.Create(node, pid);
  bool moved = false;
  const uint64_t tick = ticks_.Take(node, pid, named_ms, moved);
  counters_[Counter::kGuidsMoved] += moved;
  process.guid = Guid::Process(state.machine, 0, tick, pid);
  process.start_utc = UtcTime::FromMilliseconds(named_ms);
  process.last_ms = named_ms;
  process.last_clock_ms = named_ms + state.clock_shift_ms;
  process.born_at = state.order.Latest(pid);
  process.seen_at = state.order.newest();
  if (pid == 1) process.space = PidSpace::kInitial;
  return process;
}

// A process whose fork the log does not tell.
Process& LogLineage::CreateFrom(const LoggedCall& logged, int ahead) {
  Process* parent = PresentParent(logged, ahead);
  const bool inner = parent != nullptr && parent->space != PidSpace::kInitial;
  if (inner) ApplyInnerCalls(logged, *parent, ahead);
  // Applying forks ahead for the parent's sake may have brought this one into being.
  if (Process* found = table_.Latest(logged.host, logged.pid);
      found != nullptr && found->state == Process::State::kLive && found != parent) {
    Refresh(*found, logged, ahead > 0);
    return *found;
  }
  Node& node = nodes_[logged.host];
  const bool new_number = !node.forks_seen && node.order.IsNew(logged.pid);
  node.order.Advance(logged.pid);
  ForkCandidate* call = inner ? InnerBirth(logged, *parent) : nullptr;
  Process& process = Create(logged.host, logged.pid, logged.time_ms);
  if (call != nullptr) {
    GiveAncestry(process, TakeCall(*call));
  } else {
    if (new_number) process.forked = true;
    if (parent != nullptr && parent != &process) SetParentFrom(process, *parent);
  }
  Refresh(process, logged, ahead > 0);
  return process;
}

// In an inner PID namespace a fork returns a number that no record has. The child is known by its
// present parent, which is the caller; or, once that is dead, whoever adopted the child: the init
// of the caller's namespace, or a subreaper there above the caller.
//
// So a new child of `parent` is its own if a call of its may have made it. Else it is the child of
// the one dead caller that `parent` can adopt from. Where several can have been the caller it stays
// with `parent`, and their calls stay, too: what is left always names each caller that may have
// more children to show.
//
// Returns the call that made the process of `logged`, null if that is not known.
ForkCandidate* LogLineage::InnerBirth(const LoggedCall& logged, Process& parent) {
  ForkCandidate* own = nullptr;
  ForkCandidate* other = nullptr;
  bool one_other = true;
  candidates_.ForEachInner(logged.host, [&](ForkCandidate& call) {
    Process* caller = CallerOf(call);
    if (caller == &parent && !call.sibling) {
      own = &call;
    } else if (MayHaveLeft(call, caller, parent)) {
      one_other &= other == nullptr || CallerOf(*other) == caller;
      other = &call;
    }
  });
  if (own != nullptr) {
    // A child that is older than the log may not have made a record before.
    parent.births_guessed |= other != nullptr || !IsCertain(parent.space);
    return own;
  }
  if (other == nullptr || !one_other || !IsCertain(parent.space)) return nullptr;
  const Process* caller = CallerOf(*other);
  return caller != nullptr && (other->sibling || !IsLive(caller)) ? other : nullptr;
}

Process* LogLineage::CallerOf(const ForkCandidate& call) { return table_.At(call.ancestry.parent); }

// Whether the child that `call` made may be a child of `parent` by now. `caller`: null if
// forgotten.
bool LogLineage::MayHaveLeft(const ForkCandidate& call, Process* caller, const Process& parent) {
  if (caller == nullptr) return true;
  if (call.sibling && parent.pid == caller->present_ppid) return true;
  if (!MayBeOne(caller->space, parent.space)) return false;
  if (!IsCertain(caller->space) || !IsCertain(parent.space)) return true;
  return parent.begins_space || IsAncestor(*caller, parent.pid) != Kin::kNo;
}

// What the child that `call` made inherited; its references are the caller's.
Ancestry LogLineage::TakeCall(ForkCandidate& call) {
  Process* caller = CallerOf(call);
  Ancestry ancestry = call.ancestry;
  size_t calls = 0;
  bool same_space = true;
  candidates_.ForEachInner(caller->host, [&](ForkCandidate& other) {
    if (CallerOf(other) != caller) return;
    ++calls;
    same_space &= other.ancestry.space == ancestry.space;
  });
  // Which of several calls it was is not told.
  if (calls > 1 || caller->births_guessed) ancestry.begins_space = false;
  if (IsCertain(ancestry.space) && (caller->births_guessed || !same_space))
    ancestry.space = PidSpace::kInner;
  if (calls > 1 || !caller->births_guessed) {
    if (caller->unseen_children > 0) --caller->unseen_children;
    candidates_.Take(call);
  } else {
    texts_.Retain(ancestry.program);
    texts_.Retain(ancestry.user);
  }
  return ancestry;
}

// Applies the calls with inner results that had begun by the time of `logged` and may have made its
// process, a new child of `parent`.
void LogLineage::ApplyInnerCalls(const LoggedCall& logged, Process& parent, int ahead) {
  const auto suits = [&](const LoggedFork& fork) {
    return fork.call->pid != logged.pid && fork.result != ForkResult::kThread &&
           fork.call->clock_ms() <= logged.clock_ms() &&
           (ReturnsInnerNumber(fork) || !MayBeInitial(fork.call->host, fork.child));
  };
  while (const LoggedFork* fork = pending_.FindOf(logged.host, parent.pid, suits))
    if (!ApplyAhead(*fork, fork->call->time_ms, ahead + 1)) break;
  while (const LoggedFork* fork = pending_.FindSibling(logged.host, [&](const LoggedFork& call) {
    return suits(call) && Live(call.call->host, call.call->pid) != nullptr;
  }))
    if (!ApplyAhead(*fork, fork->call->time_ms, ahead + 1)) break;
  parent.births_guessed |= pending_.FindSibling(logged.host, suits) != nullptr;
}

// A process known only because the ppid= of `logged` names it.
Process& LogLineage::CreateNamed(const LoggedCall& logged, uint64_t child_at) {
  Node& state = nodes_[logged.host];
  Process& process = Create(logged.host, logged.ppid, logged.time_ms);
  process.born_at = PidOrder::LatestBefore(logged.ppid, child_at);
  process.login = LoginOf(logged);
  if (logged.has_ids) process.login.source = Login::Source::kChild;
  if (!state.forks_seen && state.order.IsNew(logged.ppid)) process.forked = true;
  return process;
}

// The child that the result stands for, if any, ended without a record.
void LogLineage::Forget(ForkCandidate& candidate) {
  Uncount(candidate);
  candidates_.Erase(candidate);
}

void LogLineage::Uncount(const ForkCandidate& candidate) {
  Process* const forker = table_.At(candidate.ancestry.parent);
  if (forker == nullptr) return;
  if (forker->unseen_children > 0) --forker->unseen_children;
  if (candidate.clone3 && forker->unseen_clones > 0) --forker->unseen_clones;
}

Process& LogLineage::Promote(ForkCandidate& candidate, uint32_t node, uint32_t pid) {
  Uncount(candidate);
  const Ancestry ancestry = candidates_.Take(candidate);
  Process& process = Create(node, pid, ancestry.time_ms);
  process.last_clock_ms = ancestry.clock_ms;
  GiveAncestry(process, ancestry);
  return process;
}

// Where the child of `fork` is born.
PidSpace LogLineage::BirthSpace(const LoggedFork& fork, Process& forker) {
  if (fork.child_namespace == ChildNamespace::kNew) return NewSpace(forker.space);
  const PidSpace space = forker.child_space.value_or(forker.space);
  if (fork.result != ForkResult::kUnknown) return space;
  return IsInner(space) ? PidSpace::kInner : PidSpace::kUnknown;
}

// Whether the child of `fork`, born in `space`, is the first there.
bool LogLineage::BeginsSpace(const LoggedFork& fork, Process& forker, PidSpace space) {
  if (!IsCertain(space)) return false;
  if (fork.child_namespace == ChildNamespace::kNew) return true;
  // Of several threads the first to call fork need not be the first to be recorded.
  const bool is_first = forker.child_space_is_new;
  forker.child_space_is_new = false;
  return is_first && forker.threads_made == 0 && forker.unseen_clones == 0;
}

// Whether a child of `forker` may be adopted by who is no ancestor. The first of a namespace adopts
// all orphans there, so does somebody above them in the initial one.
bool LogLineage::MayEnterSpace(const Process& forker) {
  if (forker.child_space) return !IsCertain(*forker.child_space) || forker.entered_space;
  return forker.entered_space && !forker.begins_space && forker.space != PidSpace::kInitial;
}

PidSpace LogLineage::NewSpace(PidSpace above) {
  return spaces_.Begin(above, [this](const auto& mark) {
    table_.ForEach([&](const Process& process) {
      mark(process.space);
      if (process.child_space) mark(*process.child_space);
    });
    candidates_.ForEach([&](const ForkCandidate& call) {
      mark(call.space);
      mark(call.ancestry.space);
    });
  });
}

// It called unshare or setns. The descriptor of setns(2) may stand for its own namespace or for any
// below.
void LogLineage::SetChildSpace(ChildNamespace of_children, Process& process) {
  process.child_space_is_new = of_children == ChildNamespace::kNew;
  if (process.child_space_is_new)
    process.child_space = NewSpace(process.space);
  else
    process.child_space = IsInner(process.space) ? PidSpace::kInner : PidSpace::kUnknown;
}

Ancestry LogLineage::TakeAncestry(const LoggedFork& fork, Process& forker) {
  const PidSpace space = BirthSpace(fork, forker);
  return {.parent = {&forker, forker.generation},
          .parent_guid = forker.guid,
          .parent_pid = forker.pid,
          .parent_ppid = forker.present_ppid,
          .program = texts_.Retain(forker.program),
          .user = texts_.Retain(forker.user),
          .program_from_exec = forker.program_from_exec,
          .uid = forker.uid,
          .auid = forker.auid,
          .session = forker.session,
          .login = forker.login,
          .logon_boot = forker.logon_boot,
          .time_ms = fork.call->time_ms,
          .clock_ms = fork.call->clock_ms(),
          .newest_then = nodes_[fork.call->host].order.newest(),
          .space = space,
          .begins_space = BeginsSpace(fork, forker, space),
          .entered_space = MayEnterSpace(forker)};
}

// Takes over the references in `ancestry`.
void LogLineage::GiveAncestry(Process& child, const Ancestry& ancestry) {
  child.parent_program = ancestry.program;
  child.parent_user = ancestry.user;
  child.program = texts_.Retain(ancestry.program);
  child.user = texts_.Retain(ancestry.user);
  child.program_from_exec = ancestry.program_from_exec;
  child.parent_guid = ancestry.parent_guid;
  child.parent_pid = child.present_ppid = ancestry.parent_pid;
  child.has_ppid = true;
  child.uid = ancestry.uid;
  child.auid = ancestry.auid;
  child.session = ancestry.session;
  child.login = ancestry.login;
  child.logon_boot = ancestry.logon_boot;
  child.space = ancestry.space;
  child.begins_space = ancestry.begins_space;
  child.entered_space = ancestry.entered_space;
  spaces_.Enter(child.space);
  child.start_utc = UtcTime::FromMilliseconds(ancestry.time_ms);
  child.forked = true;
  child.fork_known = true;
  if (Process* const parent = table_.At(ancestry.parent)) table_.SetParent(child, *parent);
}

// The parent as ppid= gives it, known too late to be "at the fork".
void LogLineage::SetParentFrom(Process& child, Process& parent) {
  table_.SetParent(child, parent);
  child.parent_guid = parent.guid;
  child.parent_pid = child.present_ppid = parent.pid;
  child.has_ppid = true;
  if (IsInner(parent.space)) child.space = PidSpace::kInner;
  child.entered_space = MayEnterSpace(parent);
  child.parent_program = texts_.Retain(parent.program);
  child.parent_user = texts_.Retain(parent.user);
  parent.last_ms = std::max(parent.last_ms, child.start_utc.ns / 1'000'000);
  parent.last_clock_ms = std::max(parent.last_clock_ms, child.last_clock_ms);
  parent.seen_at = nodes_[parent.host].order.newest();
  ++parent.times_parent;
  table_.Touch(parent);
}

// Whether the initial PID namespace may have given `number` just now: it gives them in rising
// order, and begins anew at the end.
bool LogLineage::MayBeInitial(uint32_t node, uint32_t number) const {
  const uint32_t newest = nodes_[node].newest_number;
  const auto near = [](uint32_t a, uint32_t b) { return (a < b ? b - a : a - b) <= kNearNumbers; };
  if (number < PidOrder::kReservedPids) return false;
  return newest == 0 || near(number, newest) ||
         (near(number, PidOrder::kReservedPids) &&
          (near(newest, PidOrder::kDefaultPidMax) || near(newest, kMaxPid)));
}

bool LogLineage::ReturnsInnerNumber(const LoggedFork& fork) {
  const Process* forker = table_.Latest(fork.call->host, fork.call->pid);
  return IsLive(forker) && IsInner(forker->space);
}

// One true number proves that the caller of fork lives in the initial PID namespace, and so does
// everything above it.
void LogLineage::ConfirmInitialNumbers(Process& process, uint32_t number) {
  nodes_[process.host].newest_number = number;
  for (Process* up = &process; up != nullptr && up->space == PidSpace::kUnknown;
       up = table_.Parent(*up))
    up->space = PidSpace::kInitial;
}

}  // namespace pidigree
