#include "src/enrich/log_lineage.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/valid_text.h"
#include "src/enrich/fork_candidates.h"
#include "src/enrich/host_identity.h"
#include "src/enrich/inner_numbers.h"
#include "src/enrich/pending_forks.h"
#include "src/enrich/pid_inference.h"
#include "src/enrich/pid_order.h"
#include "src/enrich/process_records.h"
#include "src/enrich/process_table.h"
#include "src/enrich/session_starts.h"
#include "src/enrich/start_ticks.h"
#include "src/enrich/user_names.h"

namespace pidigree {
namespace {

constexpr uint32_t kMaxPid = 4194304;  // PID_MAX_LIMIT of 64-bit kernels
constexpr size_t kMaxKeptCommandLine = 4096;
constexpr int64_t kClockTickMs = 4;  // stamps come from a clock that moves in jiffies
constexpr int kMaxForesight = 64;    // forks applied ahead of each other for one fact
// A record that a dying process was still in follows its end within this.
constexpr int64_t kLateRecordMs = 1000;
constexpr uint32_t kMaxAncestors = 4096;
constexpr size_t kUnseenBirthsSearched = 512;
constexpr uint64_t kSilentlyDeadOff = 8;

constexpr std::string_view kDeleted = " (deleted)";
constexpr std::string_view kMemfd = "/memfd:";

uint32_t HashTty(std::string_view tty) {
  uint32_t hash = 2166136261;
  for (char c : tty) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return hash;
}

}  // namespace

class LogLineage::Impl {
 public:
  explicit Impl(LogLineageOptions options)
      : options_(std::move(options)),
        table_(texts_, options_.max_table_bytes),
        candidates_(texts_),
        ticks_(options_.max_table_bytes / 8 / 512),
        users_(texts_, LoadPasswd()),
        records_(table_, {options_.since, options_.until, options_.filter}) {}

  void BeginBatch(RecordBatch& batch) { records_.BeginBatch(batch); }

  void Recycle(RecordBatch& batch) {
    for (SharedText* text : batch.held()) texts_.Release(text);
    batch.Clear();
  }

  void NewNode(uint32_t node, std::string_view name, std::string_view first_record);
  void Foresee(const ProcessFact& fork) {
    if (ValidPid(fork.other_pid)) pending_.Add(fork);
  }
  void Apply(const ProcessFact& fact);
  void Reboot(uint32_t node);
  void Finish();

  std::vector<std::string> warnings;
  LogLineageStatistics statistics;

  void CollectStatistics() {
    const ProcessRecords::Statistics& written = records_.statistics();
    statistics.creates = written.creates;
    statistics.fork_announcements = written.fork_announcements;
    statistics.running_announcements = written.running_announcements;
    statistics.terminates = written.terminates;
    statistics.filtered = written.filtered;
    statistics.candidates_dropped = candidates_.dropped();
  }

 private:
  struct Node {
    HostNames host;
    PidOrder order;
    uint32_t boot = 0;
    bool forks_seen = false;  // fork records tell births
  };

  static bool ValidPid(uint32_t pid) { return pid != 0 && pid <= kMaxPid; }

  std::unordered_map<uint32_t, std::string> LoadPasswd();

  // The process that a fact is a record of: found, or made if it is new. `ahead`: how many forks
  // have been applied ahead of their turn for this fact.
  Process& Subject(const ProcessFact& fact, int ahead);
  // The process that ppid= means in `fact`; null for pid 0.
  Process* PresentParent(const ProcessFact& fact, int ahead);
  bool BelongsTo(Process& process, const ProcessFact& fact);
  bool IsLateRecord(const Process& process, const ProcessFact& fact);
  bool CandidateMatches(const ForkCandidate& candidate, const Process* present,
                        const ProcessFact& fact);
  enum class Kin : uint8_t { kYes, kNo, kUnknown };
  Kin IsAncestor(Process& process, uint32_t pid);

  void ApplyFork(const ProcessFact& fork, Process& forker);
  void ApplyAhead(const ProcessFact& fork, int64_t named_ms, int ahead);
  void MakeChild(const ProcessFact& fork, Process& forker, int64_t named_ms);
  void ApplyExec(const ProcessFact& fact, Process& process);
  void ApplyThreadExit(const ProcessFact& fact, Process& process);
  void ApplyReap(const ProcessFact& fact, Process& reaper);

  Process& Create(uint32_t node, uint32_t pid, int64_t named_ms);
  Process& CreateFrom(const ProcessFact& fact, int ahead);
  Process& CreateNamed(uint32_t node, uint32_t pid, int64_t time_ms);
  // The call by which a process in an inner PID namespace came to be.
  struct UnseenBirth {
    const ProcessFact* pending = nullptr;  // one of these two, or neither
    ForkCandidate* applied = nullptr;
  };
  UnseenBirth FindUnseenBirth(const ProcessFact& fact, const Process& parent);
  Process& Promote(ForkCandidate& candidate, uint32_t node, uint32_t pid);
  Ancestry TakeAncestry(const ProcessFact& fork, Process& forker);
  void GiveAncestry(Process& child, const Ancestry& ancestry);
  void SetParentFrom(Process& child, Process& parent);
  void Refresh(Process& process, const ProcessFact& fact);
  void SetProgram(Process& process, std::string_view image, std::string_view command_line,
                  std::string_view cwd);
  std::string_view ImageOf(const ProcessFact& fact);
  std::string_view Valid(std::string_view raw, std::string& scratch);

  void End(Process& process, int64_t end_ms, int64_t time_ms);
  void EndSilently(Process& process, int64_t time_ms);
  void ConfirmInitialNumbers(Process& process);
  void KeepWithinBudget(const Process& in_use, int64_t time_ms);

  LogLineageOptions options_;
  SharedTextPool texts_;
  ProcessTable table_;
  ForkCandidates candidates_;
  PendingForks pending_;
  InnerNumbers inner_numbers_;
  StartTicks ticks_;
  SessionStarts sessions_;
  UserNames users_;
  ProcessRecords records_;
  std::deque<Node> nodes_;
  std::string image_scratch_, command_line_scratch_, cwd_scratch_;
};

std::unordered_map<uint32_t, std::string> LogLineage::Impl::LoadPasswd() {
  std::string path = options_.passwd_path;
  if (path.empty() && options_.own_logs) path = "/etc/passwd";
  if (path.empty()) return {};
  auto names = ReadPasswd(path);
  if (names) return std::move(*names);
  warnings.push_back("users are printed as numbers: " + names.error().message);
  return {};
}

void LogLineage::Impl::NewNode(uint32_t node, std::string_view name,
                               std::string_view first_record) {
  while (nodes_.size() <= node) nodes_.emplace_back();
  HostNames& host = nodes_[node].host;
  std::string scratch;
  if (name.empty()) name = options_.node_name;
  if (!name.empty()) {
    host.machine = HostId32(name);
    host.computer = Valid(name, scratch);
    return;
  }
  if (options_.own_logs) {
    const Result<uint32_t> machine = ReadMachineId32();
    char own_name[HOST_NAME_MAX + 1] = "";
    if (machine && gethostname(own_name, HOST_NAME_MAX) == 0) {
      host.machine = *machine;
      host.computer = Valid(own_name, scratch);
      return;
    }
    warnings.push_back("this machine's identity is not used: " +
                       (machine ? "it has no host name" : machine.error().message));
  }
  host.machine = HostId32(first_record);
  host.computer = "unknown";
  warnings.push_back(
      "the log names no host: Computer is \"unknown\" and the machine part of GUIDs comes from its "
      "first record; --node NAME sets both");
}

// --- facts --------------------------------------------------------------------------------------

void LogLineage::Impl::Apply(const ProcessFact& fact) {
  Node& node = nodes_[fact.node];
  const bool is_fork = fact.kind == FactKind::kFork;
  const bool fork_is_new = is_fork && pending_.Remove(fact);
  if (!ValidPid(fact.pid)) {
    ++statistics.bad_pids;
    return;
  }
  node.forks_seen |= is_fork;
  if (!node.forks_seen && fact.kind == FactKind::kExec) node.order.Advance(fact.pid);
  Process& process = Subject(fact, 0);
  KeepWithinBudget(process, fact.time_ms);
  if (process.state != Process::State::kLive) return;  // the last record of a dead process

  switch (fact.kind) {
    case FactKind::kSighting:
      break;
    case FactKind::kFork:
      if (fork_is_new) ApplyFork(fact, process);
      break;
    case FactKind::kExec:
      ApplyExec(fact, process);
      break;
    case FactKind::kThreadExit:
      ApplyThreadExit(fact, process);
      break;
    case FactKind::kExit:
      End(process, fact.time_ms, fact.time_ms);
      break;
    case FactKind::kAbend:
      process.killed = true;
      End(process, fact.time_ms, fact.time_ms);
      break;
    case FactKind::kKill:
      if (Process* target = table_.Find(fact.node, fact.other_pid);
          target != nullptr && target->state == Process::State::kLive && target != &process) {
        target->killed = true;
        target->last_ms = std::max(target->last_ms, fact.time_ms);
        End(*target, fact.time_ms, fact.time_ms);
      } else if (target == &process) {
        process.killed = true;
        End(process, fact.time_ms, fact.time_ms);
      }
      break;
    case FactKind::kReap:
      ApplyReap(fact, process);
      break;
    case FactKind::kNamespaces:
      process.children_elsewhere |= fact.new_pid_namespace;
      break;
  }
}

void LogLineage::Impl::ApplyFork(const ProcessFact& fork, Process& forker) {
  if (fork.fork_result == ForkResult::kThread) {
    ++forker.threads_made;
    nodes_[fork.node].order.Advance(fork.other_pid);
    return;
  }
  if (!ValidPid(fork.other_pid)) {
    ++statistics.bad_pids;
    return;
  }
  MakeChild(fork, forker, fork.time_ms);
}

// A record that names the child comes before the fork's own.
void LogLineage::Impl::ApplyAhead(const ProcessFact& fork, int64_t named_ms, int ahead) {
  if (ahead >= kMaxForesight || !pending_.Remove(fork)) return;
  Process& forker = Subject(fork, ahead + 1);
  if (forker.state == Process::State::kLive && fork.fork_result != ForkResult::kThread)
    MakeChild(fork, forker, named_ms);
}

void LogLineage::Impl::MakeChild(const ProcessFact& fork, Process& forker, int64_t named_ms) {
  Node& node = nodes_[fork.node];
  const uint32_t pid = fork.other_pid;
  const bool certain_number = forker.numbers == Process::Numbers::kInitial;
  const bool in_order = certain_number || node.order.IsNear(pid);

  Process* present = table_.Find(fork.node, pid);
  if (present != nullptr && present->state == Process::State::kLive) {
    // Its own record came before, too early for the fork to be foreseen.
    if (!present->fork_known && present->has_ppid && present->present_ppid == forker.pid &&
        present->start_ms >= fork.time_ms && table_.Parent(*present) == &forker) {
      present->fork_known = true;
      present->birth = Process::Birth::kForked;
      return;
    }
    if (certain_number) EndSilently(*present, fork.time_ms);
  }

  Ancestry ancestry = TakeAncestry(fork, forker);
  if (certain_number && fork.fork_result == ForkResult::kProcess) {
    node.order.Advance(pid);
    Process& child = Create(fork.node, pid, named_ms);
    GiveAncestry(child, ancestry);
    return;
  }
  if (in_order) node.order.Advance(pid);
  ++forker.unseen_children;
  const bool clone3 = fork.fork_result == ForkResult::kUnknown;
  forker.unseen_clones += clone3;
  candidates_.Add(fork.node, pid,
                  {.clone3 = clone3,
                   .sibling = fork.sibling,
                   .in_order = in_order,
                   .position = node.order.newest(),
                   .space = forker.space,
                   .ancestry = ancestry});
}

void LogLineage::Impl::ApplyExec(const ProcessFact& fact, Process& process) {
  if (!fact.complete) ++statistics.incomplete_execs;
  const std::string_view command_line = Valid(fact.command_line, command_line_scratch_);
  const std::string_view image = ImageOf(fact);
  std::string_view cwd = Valid(fact.cwd, cwd_scratch_);
  if (cwd.empty() && process.program != nullptr) {
    cwd_scratch_ = process.program->part(kCurrentDirectory);
    cwd = cwd_scratch_;
  }
  process.program_from_exec = true;
  if (command_line.size() <= kMaxKeptCommandLine) {
    SetProgram(process, image, command_line, cwd);
    records_.Exec(process, nodes_[fact.node].host, fact.time_ms, {});
    return;
  }
  ++statistics.command_lines_cut;
  size_t keep = kMaxKeptCommandLine - 3;
  while ((static_cast<uint8_t>(command_line[keep]) & 0xc0) == 0x80) --keep;  // whole characters
  SetProgram(process, image, std::string(command_line.substr(0, keep)) + "...", cwd);
  records_.Exec(process, nodes_[fact.node].host, fact.time_ms, command_line);
}

// exit(2) ends a thread; which of them was the last is known only if every thread was seen to
// begin.
void LogLineage::Impl::ApplyThreadExit(const ProcessFact& fact, Process& process) {
  ++process.threads_ended;
  if (process.threads_made > 0 && process.unseen_clones == 0 &&
      process.threads_ended == process.threads_made + 1) {
    End(process, fact.time_ms, fact.time_ms);
    return;
  }
  process.maybe_ended_ms = fact.time_ms;
}

void LogLineage::Impl::ApplyReap(const ProcessFact& fact, Process& reaper) {
  Process* child = table_.Find(fact.node, fact.other_pid);
  if (child == nullptr || child->state != Process::State::kLive) return;
  if (table_.Parent(*child) != &reaper && child->present_ppid != reaper.pid) return;
  if (reaper.numbers != Process::Numbers::kInitial && !child->fork_known) return;
  // Together with an exit(2) it is an end; alone it may be a stop under job control or ptrace(2).
  if (child->maybe_ended_ms >= 0) {
    End(*child, child->maybe_ended_ms, fact.time_ms);
  } else {
    child->reaped = true;
  }
}

void LogLineage::Impl::Reboot(uint32_t node) {
  Node& state = nodes_[node];
  table_.ForEachLive(node, [&](Process& process) { EndSilently(process, process.last_ms); });
  candidates_.EraseNode(node);
  table_.ForgetEnded(node);
  state.order = PidOrder();
  state.forks_seen = false;
  ++state.boot;
}

void LogLineage::Impl::Finish() {
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    table_.ForEachLive(node, [&](Process& process) {
      ++statistics.open_ends;
      statistics.undecided_ends += process.maybe_ended_ms >= 0 || process.reaped;
    });
  }
}

// --- who is it ----------------------------------------------------------------------------------

Process& LogLineage::Impl::Subject(const ProcessFact& fact, int ahead) {
  const uint32_t node = fact.node;
  Process* process = table_.Find(node, fact.pid);

  // A child's own record may come before that of the fork.
  if (const ProcessFact* fork = pending_.Find(node, fact.pid, fact.time_ms);
      fork != nullptr && fork != &fact) {
    const bool known = process != nullptr && process->state == Process::State::kLive;
    const bool plainly_the_known_one =
        known && fact.has_ppid && process->has_ppid && fact.ppid == process->present_ppid &&
        (fact.ppid != fork->pid || fact.time_ms - fork->time_ms <= kClockTickMs);
    if (!plainly_the_known_one && !(known && !fact.has_ppid)) {
      ApplyAhead(*fork, fact.time_ms, ahead);
      process = table_.Find(node, fact.pid);
    }
  }
  if (ForkCandidate* candidate = candidates_.Find(node, fact.pid);
      candidate != nullptr && CandidateMatches(*candidate, process, fact)) {
    if (process != nullptr && process->state == Process::State::kLive)
      EndSilently(*process, fact.time_ms);
    process = &Promote(*candidate, node, fact.pid);
  }
  if (process == nullptr) return CreateFrom(fact, ahead);
  if (process->state == Process::State::kEnded) {
    if (IsLateRecord(*process, fact)) return *process;
    return CreateFrom(fact, ahead);
  }
  if (!BelongsTo(*process, fact)) {
    ++statistics.inferred_new;
    EndSilently(*process, fact.time_ms);
    return CreateFrom(fact, ahead);
  }
  Refresh(*process, fact);
  return *process;
}

Process* LogLineage::Impl::PresentParent(const ProcessFact& fact, int ahead) {
  if (!fact.has_ppid || !ValidPid(fact.ppid)) return nullptr;
  const uint32_t node = fact.node;
  const uint32_t pid = fact.ppid;
  Process* parent = table_.Find(node, pid);
  bool live = parent != nullptr && parent->state == Process::State::kLive;
  if (const ProcessFact* fork = pending_.Find(node, pid, fact.time_ms);
      fork != nullptr && (!live || fact.time_ms - fork->time_ms > kClockTickMs)) {
    ApplyAhead(*fork, fact.time_ms, ahead);
    parent = table_.Find(node, pid);
    live = parent != nullptr && parent->state == Process::State::kLive;
  }
  if (ForkCandidate* candidate = candidates_.Find(node, pid);
      candidate != nullptr &&
      (!live || (candidate->in_order && candidate->ancestry.time_ms > parent->last_ms))) {
    if (live) EndSilently(*parent, fact.time_ms);
    return &Promote(*candidate, node, pid);
  }
  if (live && !nodes_[node].forks_seen &&
      !StillTheParent(nodes_[node].order, *parent, fact, HashTty(fact.tty))) {
    ++statistics.inferred_new;
    EndSilently(*parent, fact.time_ms);
    live = false;
  }
  if (!live) parent = &CreateNamed(node, pid, fact.time_ms);
  ++statistics.inferred_parents;
  return parent;
}

// Whether the fork result that names fact.pid was that process's birth.
bool LogLineage::Impl::CandidateMatches(const ForkCandidate& candidate, const Process* present,
                                        const ProcessFact& fact) {
  const bool live = present != nullptr && present->state == Process::State::kLive;
  if (!fact.has_ppid) return !live;
  const Ancestry& ancestry = candidate.ancestry;
  if (fact.ppid == ancestry.parent_pid) return true;
  if (live && fact.ppid == present->present_ppid) return false;
  if (fact.ppid == ancestry.parent_ppid && candidate.in_order) return true;  // CLONE_PARENT
  // Adopted since, if the caller of fork is gone.
  if (ancestry.parent != Process::kNone) {
    const Process& forker = table_.at(ancestry.parent);
    if (forker.generation == ancestry.parent_generation && forker.state == Process::State::kLive &&
        forker.maybe_ended_ms < 0)
      return !live && candidate.in_order && fact.ppid == 1;
  }
  return candidate.in_order;
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
  return fact.time_ms <= process.last_ms + kLateRecordMs &&
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
bool LogLineage::Impl::BelongsTo(Process& process, const ProcessFact& fact) {
  if (!fact.has_ppid || !process.has_ppid) return true;
  Node& node = nodes_[fact.node];
  // The numbers have not come round to it.
  if (node.order.Latest(process.pid) <= process.born_at) return true;

  if (fact.ppid == process.present_ppid) {
    if (!node.forks_seen) {
      const bool same = StillTheProcess(node.order, process, fact, HashTty(fact.tty));
      statistics.inferred_same += same;
      return same;
    }
    // In an inner PID namespace a birth leaves no number that could be matched.
    const Process* parent = table_.Parent(process);
    const bool unseen_birth = parent != nullptr && parent->unseen_children > 0 &&
                              parent->numbers == Process::Numbers::kUnknown;
    return !unseen_birth || StillTheProcess(node.order, process, fact, HashTty(fact.tty));
  }
  // Another parent: adopted by pid 1 or a subreaper above it, or another process.
  switch (IsAncestor(process, fact.ppid)) {
    case Kin::kYes:
      return node.forks_seen || StillTheProcess(node.order, process, fact, HashTty(fact.tty));
    case Kin::kNo:
      return false;
    case Kin::kUnknown:
      break;
  }
  if (!node.forks_seen) return false;
  const Process* parent = table_.Parent(process);
  return parent == nullptr || parent->state != Process::State::kLive;
}

// --- births and deaths --------------------------------------------------------------------------

Process& LogLineage::Impl::Create(uint32_t node, uint32_t pid, int64_t named_ms) {
  candidates_.Erase(node, pid);
  Node& state = nodes_[node];
  Process& process = table_.Create(node, pid);
  bool moved = false;
  const uint64_t tick = ticks_.Take(node, pid, named_ms, moved);
  statistics.guid_ticks_moved += moved;
  process.guid = Guid::Process(state.host.machine, 0, tick, pid);
  process.start_ms = process.last_ms = named_ms;
  process.born_at = state.order.Latest(pid);
  process.seen_at = state.order.newest();
  if (pid == 1) process.numbers = Process::Numbers::kInitial;
  return process;
}

// A process whose fork the log does not tell.
Process& LogLineage::Impl::CreateFrom(const ProcessFact& fact, int ahead) {
  Process* parent = PresentParent(fact, ahead);
  // Applying forks ahead for the parent's sake may have brought this one into being.
  if (Process* found = table_.Find(fact.node, fact.pid);
      found != nullptr && found->state == Process::State::kLive && found != parent) {
    Refresh(*found, fact);
    return *found;
  }
  Node& node = nodes_[fact.node];
  const bool new_number = !node.forks_seen && node.order.IsNew(fact.pid);
  node.order.Advance(fact.pid);
  Ancestry ancestry;
  bool born_unseen = false;
  if (parent != nullptr && parent->numbers != Process::Numbers::kInitial) {
    UnseenBirth birth = FindUnseenBirth(fact, *parent);
    // The caller of a sibling's fork may itself still have to be found; a log can chain these.
    if (birth.pending != nullptr && birth.pending->sibling && ahead >= kMaxForesight) birth = {};
    born_unseen = birth.pending != nullptr || birth.applied != nullptr;
    if (birth.pending != nullptr) {
      pending_.Remove(*birth.pending);
      Process& forker = birth.pending->sibling ? Subject(*birth.pending, ahead + 1) : *parent;
      ancestry = TakeAncestry(*birth.pending, forker);
      inner_numbers_.Add(forker.space, birth.pending->other_pid, fact.pid);
    } else if (birth.applied != nullptr) {
      inner_numbers_.Add(birth.applied->space, birth.applied->number(), fact.pid);
      ancestry = candidates_.Take(*birth.applied);
      Process& forker = table_.at(ancestry.parent);
      if (forker.unseen_children > 0) --forker.unseen_children;
    }
  }
  Process& process = Create(fact.node, fact.pid, fact.time_ms);
  if (born_unseen) {
    GiveAncestry(process, ancestry);
  } else {
    if (new_number) process.birth = Process::Birth::kForked;
    if (parent != nullptr && parent != &process) SetParentFrom(process, *parent);
  }
  Refresh(process, fact);
  return process;
}

// In an inner PID namespace a fork returns a number that no record names. Its child is the process
// that shows up with the caller as its parent, or, the caller being dead, with the reaper of that
// namespace. The order of inner and outer numbers tells which call made which child.
LogLineage::Impl::UnseenBirth LogLineage::Impl::FindUnseenBirth(const ProcessFact& fact,
                                                                const Process& parent) {
  const PidOrder& order = nodes_[fact.node].order;
  const uint64_t position = order.Latest(fact.pid);
  const auto off = [&](uint64_t expected) {
    return order.Distance(std::min(position, expected), std::max(position, expected));
  };
  UnseenBirth best;
  uint64_t best_off = order.Near() + 1;

  pending_.ForEachUnder(fact.node, parent.pid, [&](const ProcessFact& fork) {
    if (fork.pid == fact.pid || fork.fork_result == ForkResult::kThread ||
        fork.time_ms > fact.time_ms || order.IsNear(fork.other_pid) ||
        !inner_numbers_.Fits(parent.space, fork.other_pid, fact.pid))
      return;
    if (best.pending != nullptr && static_cast<int32_t>(fork.serial - best.pending->serial) > 0)
      return;
    best.pending = &fork;
    best_off = off(order.newest());
  });
  // A caller that must have died without a record is believed only if nothing else explains.
  UnseenBirth unlikely;
  uint64_t unlikely_off = kSilentlyDeadOff + 1;
  candidates_.ForEachLatest(fact.node, kUnseenBirthsSearched, [&](ForkCandidate& candidate) {
    const Ancestry& ancestry = candidate.ancestry;
    Process& forker = table_.at(ancestry.parent);
    if (candidate.in_order || forker.generation != ancestry.parent_generation ||
        forker.numbers == Process::Numbers::kInitial ||
        ancestry.time_ms > fact.time_ms + kClockTickMs)
      return;
    const uint64_t candidate_off = off(candidate.position);
    if (candidate_off >= std::max(best_off, unlikely_off)) return;
    const bool expected =
        &forker == &parent || (candidate.sibling && ancestry.parent_ppid == fact.ppid);
    // The dead are followed by the reaper that also took them in, if they were orphans themselves.
    if (!expected && forker.present_ppid != fact.ppid && IsAncestor(forker, fact.ppid) != Kin::kYes)
      return;
    if (!inner_numbers_.Fits(candidate.space, candidate.number(), fact.pid)) return;
    if (!expected && forker.state == Process::State::kLive) {
      if (candidate_off >= unlikely_off) return;
      unlikely.applied = &candidate;
      unlikely_off = candidate_off;
    } else if (candidate_off < best_off) {
      best.pending = nullptr;
      best.applied = &candidate;
      best_off = candidate_off;
    }
  });
  return best.pending != nullptr || best.applied != nullptr ? best : unlikely;
}

// A process known only because ppid= names it.
Process& LogLineage::Impl::CreateNamed(uint32_t node, uint32_t pid, int64_t time_ms) {
  Node& state = nodes_[node];
  Process& process = Create(node, pid, time_ms);
  if (!state.forks_seen && state.order.IsNew(pid)) process.birth = Process::Birth::kForked;
  return process;
}

Process& LogLineage::Impl::Promote(ForkCandidate& candidate, uint32_t node, uint32_t pid) {
  const bool clone3 = candidate.clone3;
  const Ancestry ancestry = candidates_.Take(candidate);
  Process& process = Create(node, pid, ancestry.time_ms);
  GiveAncestry(process, ancestry);
  if (Process* forker = table_.Parent(process); forker != nullptr) {
    if (forker->unseen_children > 0) --forker->unseen_children;
    if (clone3 && forker->unseen_clones > 0) --forker->unseen_clones;
    ConfirmInitialNumbers(*forker);
  }
  return process;
}

Ancestry LogLineage::Impl::TakeAncestry(const ProcessFact& fork, Process& forker) {
  const bool elsewhere = fork.new_pid_namespace || forker.children_elsewhere;
  const bool flags_known = fork.fork_result == ForkResult::kProcess;
  if (forker.numbers != Process::Numbers::kInitial &&
      (forker.space == 0 || inner_numbers_.IsForeign(forker.space, fork.other_pid)))
    forker.space = inner_numbers_.NewNamespace();
  return {.parent = forker.self,
          .parent_generation = forker.generation,
          .parent_guid = forker.guid,
          .parent_pid = forker.pid,
          .parent_ppid = forker.present_ppid,
          .program = texts_.Retain(forker.program),
          .user = texts_.Retain(forker.user),
          .program_from_exec = forker.program_from_exec,
          .uid = forker.uid,
          .auid = forker.auid,
          .session = forker.session,
          .tty_hash = forker.tty_hash,
          .logon_second = forker.logon_second,
          .time_ms = fork.time_ms,
          .numbers = elsewhere || !flags_known ? Process::Numbers::kUnknown : forker.numbers,
          .space = elsewhere ? 0 : forker.space};
}

// Takes over the references in `ancestry`.
void LogLineage::Impl::GiveAncestry(Process& child, const Ancestry& ancestry) {
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
  child.tty_hash = ancestry.tty_hash;
  child.logon_second = ancestry.logon_second;
  child.numbers = ancestry.numbers;
  child.space = ancestry.space;
  child.start_ms = ancestry.time_ms;
  child.birth = Process::Birth::kForked;
  child.fork_known = true;
  if (ancestry.parent == Process::kNone) return;
  Process& parent = table_.at(ancestry.parent);
  if (parent.generation == ancestry.parent_generation) table_.SetParent(child, parent);
}

// The parent as ppid= gives it, known too late to be "at the fork".
void LogLineage::Impl::SetParentFrom(Process& child, Process& parent) {
  table_.SetParent(child, parent);
  child.parent_guid = parent.guid;
  child.parent_pid = child.present_ppid = parent.pid;
  child.has_ppid = true;
  if (parent.numbers != Process::Numbers::kInitial && !parent.children_elsewhere) {
    if (parent.space == 0) parent.space = inner_numbers_.NewNamespace();
    child.space = parent.space;
  }
  child.parent_program = texts_.Retain(parent.program);
  child.parent_user = texts_.Retain(parent.user);
  const uint64_t now = nodes_[parent.node].order.newest();
  parent.last_ms = std::max(parent.last_ms, child.start_ms);
  if (parent.times_parent++ == 0) parent.first_child_at = now;
  parent.seen_at = now;
  table_.Touch(parent);
}

// Takes from a record of the process what it says beside its kind.
void LogLineage::Impl::Refresh(Process& process, const ProcessFact& fact) {
  table_.Touch(process);
  process.last_ms = std::max(process.last_ms, fact.time_ms);
  process.seen_at = nodes_[fact.node].order.newest();
  process.maybe_ended_ms = -1;
  process.reaped = false;
  if (fact.has_ppid) {
    if (!process.has_ppid && process.parent == Process::kNone && process.parent_pid == 0 &&
        fact.ppid != 0) {
      // Known so far only because somebody named it.
      if (Process* parent = PresentParent(fact, kMaxForesight);
          parent != nullptr && parent != &process)
        SetParentFrom(process, *parent);
    } else if (fact.ppid == process.parent_pid && process.fork_known == false) {
      if (Process* parent = table_.Parent(process);
          parent != nullptr && parent->state == Process::State::kLive) {
        parent->last_ms = std::max(parent->last_ms, fact.time_ms);
        parent->seen_at = process.seen_at;
        table_.Touch(*parent);
      }
    }
    process.present_ppid = fact.ppid;
    process.has_ppid = true;
    process.tty_hash = HashTty(fact.tty);
  }
  if (fact.has_ids) {
    if (process.user == nullptr || process.uid != fact.uid) {
      texts_.Release(process.user);
      process.user = users_.Get(fact.node, fact.uid, fact.user);
      process.uid = fact.uid;
    }
    process.auid = fact.auid;
    if (process.session != fact.session) {
      process.session = fact.session;
      process.logon_second =
          fact.session == kUnset
              ? 0
              : sessions_.Get(fact.node, nodes_[fact.node].boot, fact.session, fact.time_ms);
    }
  }
  if (fact.kind == FactKind::kExec) return;
  const bool image_unknown = !process.program_from_exec && !fact.exe.empty() &&
                             (process.program == nullptr || process.program->part(kImage).empty());
  if (!image_unknown && fact.cwd.empty()) return;
  const std::string_view cwd = Valid(fact.cwd, cwd_scratch_);
  const std::string_view known_cwd =
      process.program == nullptr ? std::string_view() : process.program->part(kCurrentDirectory);
  if (!image_unknown && cwd == known_cwd) return;
  SetProgram(process,
             image_unknown                ? ImageOf(fact)
             : process.program == nullptr ? std::string_view()
                                          : process.program->part(kImage),
             process.program == nullptr ? std::string_view() : process.program->part(kCommandLine),
             cwd.empty() ? known_cwd : cwd);
}

void LogLineage::Impl::SetProgram(Process& process, std::string_view image,
                                  std::string_view command_line, std::string_view cwd) {
  SharedText* program = texts_.Create({image, command_line, cwd});
  texts_.Release(process.program);
  process.program = program;
}

std::string_view LogLineage::Impl::ImageOf(const ProcessFact& fact) {
  std::string_view exe = fact.exe;
  if (exe.empty()) return {};
  const bool memfd = exe.starts_with(kMemfd) && exe.ends_with(kDeleted);
  if (memfd) exe.remove_prefix(1);
  if (memfd || (fact.exe_is_unlinked && exe.ends_with(kDeleted)))
    exe.remove_suffix(kDeleted.size());
  return Valid(exe, image_scratch_);
}

std::string_view LogLineage::Impl::Valid(std::string_view raw, std::string& scratch) {
  if (IsPlainText(raw)) return raw;
  scratch.resize(3 * raw.size());
  scratch.resize(CopyValidText(raw, scratch.data()));
  return scratch;
}

void LogLineage::Impl::End(Process& process, int64_t end_ms, int64_t time_ms) {
  const HostNames& host = nodes_[process.node].host;
  // Its children will need it announced, and then it may be forgotten.
  if (process.live_children + process.unseen_children > 0)
    records_.Announce(process, host, time_ms);
  records_.Terminate(process, host, end_ms, time_ms);
  process.last_ms = std::max(process.last_ms, end_ms);
  table_.End(process);
}

// No record tells the end, but its number is somebody else's now.
void LogLineage::Impl::EndSilently(Process& process, int64_t time_ms) {
  ++statistics.silent_ends;
  End(process, process.maybe_ended_ms >= 0 ? process.maybe_ended_ms : process.last_ms, time_ms);
}

// One true number proves that the caller of fork lives in the initial PID namespace, and so does
// everything above it.
void LogLineage::Impl::ConfirmInitialNumbers(Process& process) {
  for (Process* up = &process; up != nullptr && up->numbers != Process::Numbers::kInitial;
       up = table_.Parent(*up))
    up->numbers = Process::Numbers::kInitial;
}

void LogLineage::Impl::KeepWithinBudget(const Process& in_use, int64_t time_ms) {
  while (table_.OverBudget()) {
    Process* oldest = table_.Oldest();
    if (oldest == nullptr || oldest == &in_use) return;
    if (oldest->live_children > 0) records_.Announce(*oldest, nodes_[oldest->node].host, time_ms);
    table_.Free(*oldest);
    ++statistics.evicted;
  }
}

// --- interface ----------------------------------------------------------------------------------

LogLineage::LogLineage(LogLineageOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
LogLineage::~LogLineage() = default;
void LogLineage::BeginBatch(RecordBatch& batch) { impl_->BeginBatch(batch); }
void LogLineage::Recycle(RecordBatch& batch) { impl_->Recycle(batch); }
void LogLineage::Foresee(const ProcessFact& fork) { impl_->Foresee(fork); }
void LogLineage::Apply(const ProcessFact& fact) { impl_->Apply(fact); }
void LogLineage::Reboot(uint32_t node) { impl_->Reboot(node); }
void LogLineage::NewNode(uint32_t node, std::string_view name, std::string_view first_record) {
  impl_->NewNode(node, name, first_record);
}
void LogLineage::Finish() { impl_->Finish(); }
const std::vector<std::string>& LogLineage::warnings() const { return impl_->warnings; }
const LogLineageStatistics& LogLineage::statistics() const {
  impl_->CollectStatistics();
  return impl_->statistics;
}

}  // namespace pidigree
