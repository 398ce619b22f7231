#include "src/records/log_lineage.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "src/base/kernel_path.h"
#include "src/base/valid_text.h"
#include "src/enrich/host_identity.h"
#include "src/records/log_lineage_impl.h"

namespace pidigree {
namespace {

constexpr size_t kMaxKeptCommandLine = 4096;

}  // namespace

void LogLineage::Impl::NewNode(uint32_t node, std::string_view name,
                               std::string_view first_record) {
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
    warnings.push_back("this machine's identity is not used: " +
                       (machine ? "it has no host name" : machine.error().message));
  }
  identify(HostId32(first_record), "unknown");
  warnings.push_back(
      "the log names no host: Computer is \"unknown\" and the machine part of GUIDs comes from its "
      "first record; --node NAME sets both");
}

void LogLineage::Impl::Apply(const ProcessFact& fact) {
  Node& node = nodes_[fact.node];
  const bool is_fork = fact.kind == FactKind::kFork;
  const bool fork_is_new = is_fork && pending_.Remove(fact);
  if (!ValidPid(fact.pid)) {
    ++statistics.bad_pids;
    return;
  }
  node.clock_shift_ms = fact.clock_shift_ms;
  table_.Trim();
  // A new process near the newest number moves the order when it is found to be one. A jump shows
  // in numbers that are far from the newest, also in those that had an owner before.
  if (!node.forks_seen && fact.kind == FactKind::kExec && !node.order.IsNear(fact.pid))
    node.order.Advance(fact.pid);
  Process& process = Subject(fact, 0);
  KeepWithinBudget(process, fact.time_ms);
  if (process.state != Process::State::kLive) return;  // the last record of a dead process

  switch (fact.kind) {
    case FactKind::kSighting:
      break;
    case FactKind::kFork:
      process.forks = true;
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
      if (Process* target = fact.other_pid == fact.pid ? &process : Named(fact, fact.other_pid, 0);
          target != nullptr) {
        target->killed = true;
        target->last_clock_ms = std::max(target->last_clock_ms, fact.clock_ms());
        End(*target, fact.time_ms, fact.time_ms);
      }
      break;
    case FactKind::kReap:
      ApplyReap(fact, process);
      break;
    case FactKind::kNamespaces:
      SetChildSpace(fact, process);
      break;
  }
}

void LogLineage::Impl::ApplyExec(const ProcessFact& fact, Process& process) {
  if (!fact.complete) ++statistics.incomplete_execs;
  const std::string_view command_line = ValidText(fact.command_line, command_line_scratch_);
  const std::string_view image = ImageOf(fact);
  std::string_view cwd = ValidText(fact.cwd, cwd_scratch_);
  if (cwd.empty() && process.program != nullptr) {
    cwd_scratch_ = process.program->part(kCurrentDirectory);
    cwd = cwd_scratch_;
  }
  process.executed = process.program_from_exec = true;
  process.threads_made = process.threads_ended = 0;  // but for the caller, they are gone
  if (command_line.size() <= kMaxKeptCommandLine) {
    SetProgram(process, image, command_line, cwd);
    records_.Exec(process, UtcTime::FromMilliseconds(fact.time_ms), {});
    return;
  }
  ++statistics.command_lines_cut;
  size_t keep = kMaxKeptCommandLine - 3;
  while ((static_cast<uint8_t>(command_line[keep]) & 0xc0) == 0x80) --keep;  // whole characters
  SetProgram(process, image, std::string(command_line.substr(0, keep)) + "...", cwd);
  records_.Exec(process, UtcTime::FromMilliseconds(fact.time_ms), command_line);
}

void LogLineage::Impl::Reboot(uint32_t node) {
  Node& state = nodes_[node];
  table_.ForEachLiveOf(node, [&](Process& process) {
    process.begins_space = false;
    process.live_children = process.unseen_children = 0;  // nobody is left who would name it
    EndSilently(process, process.last_ms);
  });
  candidates_.EraseNode(node);
  table_.ForgetEnded(node);
  state.order = PidOrder();
  state.newest_number = 0;
  state.forks_seen = false;
  ++state.boot;
}

void LogLineage::Impl::Finish() {
  table_.ForEachLive([&](const Process& process) {
    ++statistics.open_ends;
    statistics.undecided_ends += process.maybe_ended_ms >= 0 || process.reaped;
  });
}

// Takes from a record of the process what it says beside its kind. `ahead`: the record is of a call
// that has not returned yet, so its ppid= may be that of a later parent.
void LogLineage::Impl::Refresh(Process& process, const ProcessFact& fact, bool ahead) {
  table_.Touch(process);
  process.last_ms = std::max(process.last_ms, fact.time_ms);
  process.last_clock_ms = std::max(process.last_clock_ms, fact.clock_ms());
  if (fact.has_ppid && process.has_ppid && fact.ppid != process.present_ppid &&
      !nodes_[fact.node].forks_seen)
    NoteAdoption(process, fact.ppid, fact.time_ms);
  process.seen_at = nodes_[fact.node].order.newest();
  process.maybe_ended_ms = -1;
  process.reaped = process.surely_reaped = false;
  if (fact.has_ppid) RefreshParent(process, fact, ahead);
  if (fact.has_ids) RefreshLogin(process, fact);
  if (fact.kind != FactKind::kExec) RefreshProgram(process, fact);
}

void LogLineage::Impl::RefreshParent(Process& process, const ProcessFact& fact, bool ahead) {
  if (!process.has_ppid && process.parent.entry == nullptr && process.parent_pid == 0 &&
      fact.ppid != 0) {
    // Known so far only because somebody named it.
    if (Process* parent = PresentParent(fact, kMaxForesight);
        parent != nullptr && parent != &process)
      SetParentFrom(process, *parent);
  } else if (fact.ppid == process.parent_pid && !process.fork_known) {
    if (Process* parent = table_.Parent(process); IsLive(parent)) {
      parent->last_ms = std::max(parent->last_ms, fact.time_ms);
      parent->last_clock_ms = std::max(parent->last_clock_ms, fact.clock_ms());
      parent->seen_at = process.seen_at;
      table_.Touch(*parent);
    }
  }
  if (!ahead || !process.has_ppid) process.present_ppid = fact.ppid;
  process.has_ppid = true;
}

void LogLineage::Impl::RefreshLogin(Process& process, const ProcessFact& fact) {
  const uint32_t tty_hash = process.login.tty_hash;
  process.login = LoginOf(fact);
  if (!fact.has_ppid) process.login.tty_hash = tty_hash;
  if (process.user == nullptr || process.uid != fact.uid) {
    texts_.Release(process.user);
    process.user = users_.Get(fact.node, fact.uid, fact.user);
    process.uid = fact.uid;
  }
  process.auid = fact.auid;
  if (process.session == fact.session) return;
  process.session = fact.session;
  process.logon_boot = fact.session == kUnset ? 0
                                              : sessions_.Get(fact.node, nodes_[fact.node].boot,
                                                              fact.session, fact.time_ms);
}

void LogLineage::Impl::RefreshProgram(Process& process, const ProcessFact& fact) {
  const bool image_unknown = !process.program_from_exec && !fact.exe.empty() &&
                             (process.program == nullptr || process.program->part(kImage).empty());
  if (!image_unknown && fact.cwd.empty()) return;
  const std::string_view cwd = ValidText(fact.cwd, cwd_scratch_);
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
  const bool memfd = exe.starts_with(kMemfdPath) && exe.ends_with(kDeletedSuffix);
  if (memfd) exe.remove_prefix(1);
  if (memfd || (fact.exe_is_unlinked && exe.ends_with(kDeletedSuffix)))
    exe.remove_suffix(kDeletedSuffix.size());
  return ValidText(exe, image_scratch_);
}

void LogLineage::Impl::KeepWithinBudget(const Process& in_use, int64_t time_ms) {
  while (table_.OverBudget()) {
    Process* oldest = table_.Oldest();
    if (oldest == nullptr || oldest == &in_use) return;
    if (oldest->live_children > 0) records_.Announce(*oldest, UtcTime::FromMilliseconds(time_ms));
    spaces_.Leave(oldest->space);
    table_.Free(*oldest);
    ++statistics.evicted;
  }
}

// --- interface ----------------------------------------------------------------------------------

LogLineage::LogLineage(LogLineageOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
LogLineage::~LogLineage() = default;
void LogLineage::BeginBatch(EventBatch& batch) { impl_->BeginBatch(batch); }
void LogLineage::Recycle(EventBatch& batch) { impl_->Recycle(batch); }
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
