#include "src/lineage/log_lineage.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "src/base/kernel_path.h"
#include "src/base/valid_text.h"
#include "src/enrich/host_identity.h"
#include "src/lineage/program_texts.h"

namespace pidigree {

LogLineage::LogLineage(LogLineageOptions options, LifeWriter& records)
    : options_(std::move(options)),
      records_(records),
      texts_(records.texts()),
      counters_(records.counters()),
      table_(texts_,
             {.max_bytes = options_.max_table_bytes - options_.max_table_bytes / kTicksShare -
                           options_.max_table_bytes / kSpacesShare}),
      candidates_(texts_),
      ticks_(options_.max_table_bytes / kTicksShare),
      spaces_(options_.max_table_bytes / kSpacesShare),
      users_(texts_, std::move(options_.users)) {}

void LogLineage::NewHost(uint32_t node, std::string_view name, std::string_view first_record) {
  while (nodes_.size() <= node) nodes_.emplace_back();
  const auto identify = [&](uint32_t machine, std::string_view computer) {
    nodes_[node].machine = machine;
    records_.SetComputer(node, ValidText(computer));
  };
  if (name.empty()) name = options_.node_name;
  if (!name.empty()) return identify(HostId32(name), name);
  if (options_.own_logs) {
    const Result<uint32_t> machine = ReadMachineId32();
    char own_name[HOST_NAME_MAX + 1] = "";
    if (machine && gethostname(own_name, HOST_NAME_MAX) == 0) return identify(*machine, own_name);
    warnings_.push_back("this machine's identity is not used: " +
                        (machine ? "it has no host name" : machine.error().message));
  }
  identify(HostId32(first_record), "unknown");
  warnings_.push_back(
      "the log names no host: Computer is \"unknown\" and the machine part of GUIDs comes from its "
      "first record; --node NAME sets both");
}

Process* LogLineage::Find(const LoggedCall& logged) {
  Node& node = nodes_[logged.host];
  if (!ValidPid(logged.pid)) {
    ++counters_[Counter::kBadPids];
    return nullptr;
  }
  node.clock_shift_ms = logged.clock_shift_ms;
  node.last_ms = logged.time_ms;
  table_.Trim();
  // A new process near the newest number moves the order when it is found to be one. A jump shows
  // in numbers that are far from the newest, also in those that had an owner before.
  if (!node.forks_seen && logged.kind == CallKind::kExec && !node.order.IsNear(logged.pid))
    node.order.Advance(logged.pid);
  Process& process = Resolve(logged, 0);
  KeepWithinBudget(process, logged.time_ms);
  return IsLive(&process) ? &process : nullptr;  // null: the last record of a dead process
}

Actor LogLineage::Meet(const Subject& subject) {
  Process& process = Resolve(*subject.logged, 0);
  KeepWithinBudget(process, subject.logged->time_ms);
  return {process, texts_.Retain(process.user), When(subject)};
}

UtcTime LogLineage::When(const Subject& subject) {
  return UtcTime::FromMilliseconds(subject.logged->time_ms);
}

void LogLineage::Foresee(const ForkFact& fork) {
  nodes_[fork.subject.host].forks_seen = true;
  if (ValidPid(fork.child.tgid)) pending_.Add(LoggedForkOf(fork));
}

void LogLineage::Apply(const ForkFact& fact) {
  const LoggedFork fork = LoggedForkOf(fact);
  const bool is_new = pending_.Remove(fork);
  Process* process = Find(*fork.call);
  if (process == nullptr) return;
  process->forks = true;
  if (is_new) ApplyFork(fork, *process);
}

void LogLineage::Apply(const ExecFact& exec) {
  const LoggedCall& logged = *exec.subject.logged;
  Process* process = Find(logged);
  if (process == nullptr) return;
  if (!exec.complete) ++counters_[Counter::kIncompleteExecs];
  const std::string_view command_line = ValidText(exec.command_line, command_line_scratch_);
  const std::string_view image = ImageOf(logged);
  std::string_view cwd = ValidText(logged.cwd, cwd_scratch_);
  if (cwd.empty() && process->program != nullptr) {
    cwd_scratch_ = process->program->part(kCurrentDirectory);
    cwd = cwd_scratch_;
  }
  process->executed = process->program_from_exec = true;
  process->threads_made = process->threads_ended = 0;  // but for the caller, they are gone
  const UtcTime time = UtcTime::FromMilliseconds(logged.time_ms);
  if (command_line.size() <= kMaxKeptCommandLine) {
    SetProgram(*process, image, command_line, cwd);
    records_.Exec(*process, time, {});
    return;
  }
  ++counters_[Counter::kCommandLinesCut];
  std::string kept;
  SetProgram(*process, image, CutText(command_line, kMaxKeptCommandLine, kept), cwd);
  records_.Exec(*process, time, command_line);
}

void LogLineage::Apply(const ExitFact& exit) {
  const LoggedCall& logged = *exit.subject.logged;
  Process* process = Find(logged);
  if (process == nullptr) return;
  if (exit.kind == EndKind::kThread) return ApplyThreadExit(logged, *process);
  process->killed |= exit.kind == EndKind::kAbend;
  End(*process, logged.time_ms, logged.time_ms);
}

void LogLineage::Apply(const KillFact& kill) {
  const LoggedCall& logged = *kill.subject.logged;
  Process* process = Find(logged);
  if (process == nullptr) return;
  Process* target = kill.target == logged.pid ? process : Named(logged, kill.target, 0);
  if (target == nullptr) return;
  target->killed = true;
  target->last_clock_ms = std::max(target->last_clock_ms, logged.clock_ms());
  End(*target, logged.time_ms, logged.time_ms);
}

void LogLineage::Apply(const ReapFact& reap) {
  if (Process* process = Find(*reap.subject.logged); process != nullptr) ApplyReap(reap, *process);
}

void LogLineage::Apply(const NamespacesFact& namespaces) {
  if (Process* process = Find(*namespaces.subject.logged); process != nullptr)
    SetChildSpace(namespaces.of_children, *process);
}

void LogLineage::Reboot(uint32_t node) {
  Node& state = nodes_[node];
  table_.ForEachLiveOf(node, [&](Process& process) {
    process.begins_space = false;
    process.live_children = process.unseen_children = 0;  // nobody is left who would name it
    EndSilently(process, state.last_ms);
  });
  candidates_.EraseNode(node);
  table_.ForgetEnded(node);
  state.order = PidOrder();
  state.newest_number = 0;
  state.forks_seen = false;
  ++state.boot;
}

void LogLineage::Finish() {
  table_.ForEachLive([&](const Process& process) {
    ++counters_[Counter::kOpenEnds];
    counters_[Counter::kUndecidedEnds] += process.maybe_ended_ms >= 0 || process.reaped;
  });
}

// Takes from a record of the process what it says beside its kind. `ahead`: the record is of a call
// that has not returned yet, so its ppid= may be that of a later parent.
void LogLineage::Refresh(Process& process, const LoggedCall& logged, bool ahead) {
  table_.Touch(process);
  process.last_ms = std::max(process.last_ms, logged.time_ms);
  process.last_clock_ms = std::max(process.last_clock_ms, logged.clock_ms());
  if (logged.has_ppid && process.has_ppid && logged.ppid != process.present_ppid &&
      !nodes_[logged.host].forks_seen)
    NoteAdoption(process, logged.ppid, logged.time_ms);
  process.seen_at = nodes_[logged.host].order.newest();
  process.maybe_ended_ms = -1;
  process.reaped = process.surely_reaped = false;
  if (logged.has_ppid) RefreshParent(process, logged, ahead);
  if (logged.has_ids) RefreshLogin(process, logged);
  if (logged.kind != CallKind::kExec) RefreshProgram(process, logged);
}

inline void LogLineage::RefreshParent(Process& process, const LoggedCall& logged, bool ahead) {
  if (!process.has_ppid && process.parent == nullptr && process.parent_pid == 0 &&
      logged.ppid != 0) {
    // Known so far only because somebody named it.
    if (Process* parent = PresentParent(logged, kMaxForesight);
        parent != nullptr && parent != &process)
      SetParentFrom(process, *parent);
  } else if (logged.ppid == process.parent_pid && !process.fork_known) {
    if (Process* parent = table_.Parent(process); IsLive(parent)) {
      parent->last_ms = std::max(parent->last_ms, logged.time_ms);
      parent->last_clock_ms = std::max(parent->last_clock_ms, logged.clock_ms());
      parent->seen_at = process.seen_at;
      table_.Touch(*parent);
    }
  }
  if (!ahead || !process.has_ppid) process.present_ppid = logged.ppid;
  process.has_ppid = true;
}

inline void LogLineage::RefreshLogin(Process& process, const LoggedCall& logged) {
  const uint32_t tty_hash = process.login.tty_hash;
  process.login = LoginOf(logged);
  if (!logged.has_ppid) process.login.tty_hash = tty_hash;
  // A record that names its user knows better than one before that did not.
  if (process.user == nullptr || process.uid != logged.uid ||
      (!logged.user.empty() && process.user->part(0) != logged.user)) {
    texts_.Release(process.user);
    process.user = users_.Get(logged.host, logged.uid, logged.user);
    process.uid = logged.uid;
  }
  process.auid = logged.auid;
  if (process.session == logged.session) return;
  process.session = logged.session;
  process.logon_boot =
      logged.session == kUnset
          ? 0
          : sessions_.Get(logged.host, nodes_[logged.host].boot, logged.session, logged.time_ms);
}

inline void LogLineage::RefreshProgram(Process& process, const LoggedCall& logged) {
  const bool image_unknown = !process.program_from_exec && !logged.exe.empty() &&
                             (process.program == nullptr || process.program->part(kImage).empty());
  if (!image_unknown && logged.cwd.empty()) return;
  const std::string_view cwd = ValidText(logged.cwd, cwd_scratch_);
  const std::string_view known_cwd =
      process.program == nullptr ? std::string_view() : process.program->part(kCurrentDirectory);
  if (!image_unknown && cwd == known_cwd) return;
  SetProgram(process,
             image_unknown                ? ImageOf(logged)
             : process.program == nullptr ? std::string_view()
                                          : process.program->part(kImage),
             process.program == nullptr ? std::string_view() : process.program->part(kCommandLine),
             cwd.empty() ? known_cwd : cwd);
}

void LogLineage::SetProgram(Process& process, std::string_view image, std::string_view command_line,
                            std::string_view cwd) {
  SharedText* program = texts_.Create({image, command_line, cwd});
  texts_.Release(process.program);
  process.program = program;
}

std::string_view LogLineage::ImageOf(const LoggedCall& logged) {
  std::string_view exe = logged.exe;
  if (exe.empty()) return {};
  const bool memfd = exe.starts_with(kMemfdPath) && exe.ends_with(kDeletedSuffix);
  if (memfd) exe.remove_prefix(1);
  if (memfd || (logged.exe_is_unlinked && exe.ends_with(kDeletedSuffix)))
    exe.remove_suffix(kDeletedSuffix.size());
  return ValidText(exe, image_scratch_);
}

void LogLineage::KeepWithinBudget(const Process& in_use, int64_t time_ms) {
  while (table_.OverBudget()) {
    Process* oldest = table_.Oldest();
    if (oldest == nullptr || oldest == &in_use) return;
    if (oldest->live_children > 0) records_.Announce(*oldest, UtcTime::FromMilliseconds(time_ms));
    spaces_.Leave(oldest->space);
    table_.Free(*oldest);
    ++counters_[Counter::kEvicted];
  }
}

void LogLineage::Count(Counters& counters) const {
  counters[Counter::kCandidatesDropped] = candidates_.dropped();
  counters[Counter::kNamespacesUnknown] = spaces_.refused();
}

}  // namespace pidigree
