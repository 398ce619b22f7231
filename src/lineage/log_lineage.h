#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/enrich/user_names.h"
#include "src/lineage/fork_candidates.h"
#include "src/lineage/life_writer.h"
#include "src/lineage/lineage.h"
#include "src/lineage/pending_forks.h"
#include "src/lineage/pid_inference.h"
#include "src/lineage/pid_order.h"
#include "src/lineage/pid_spaces.h"
#include "src/lineage/process_table.h"
#include "src/lineage/session_starts.h"
#include "src/lineage/start_ticks.h"

namespace pidigree {

struct LogLineageOptions {
  // Host name for records without node=. Empty: see `own_logs`.
  std::string node_name;
  // The log is this machine's own: its machine-id and its name.
  bool own_logs = false;
  // Names of uids for records that do not name them themselves.
  PasswdNames users;
  // For the process table and everything it keeps. What a host takes beside comes on top: about 100
  // bytes.
  size_t max_table_bytes = size_t{200} << 20;
};

// Processes, their identity and their parents from the facts of audit logs. With fork and exit
// records everything is exact; with execve records alone it is inferred from the order in which the
// kernel hands out PIDs. See docs/lineage.md.
//
// Who a record is about stands in log_identity.cc, beginnings in log_births.cc, ends in
// log_ends.cc.
class LogLineage final : public Lineage {
 public:
  // `records` must outlive the lineage.
  LogLineage(LogLineageOptions options, LifeWriter& records);

  void NewHost(uint32_t host, std::string_view name, std::string_view first_record) override;
  void Reboot(uint32_t host) override;
  void Foresee(const ForkFact& fork) override;
  using Lineage::Apply;
  void Apply(const ForkFact& fork) override;
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override;
  void Apply(const KillFact& kill) override;
  void Apply(const ReapFact& reap) override;
  void Apply(const NamespacesFact& namespaces) override;
  void Apply(const SightingFact& sighting) override { Find(*sighting.subject.logged); }
  Actor Meet(const Subject& subject) override;
  UtcTime When(const Subject& subject) override;
  // After the last fact: counts what the log leaves open.
  void Finish();

  // What could not be found out about the hosts, one line each, for the user.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void Count(Counters& counters) const override;

 private:
  struct Node {
    uint32_t machine = 0;  // M of its GUIDs
    PidOrder order;
    uint32_t boot = 0;
    int64_t clock_shift_ms = 0;  // of the fact that is being applied
    int64_t last_ms = 0;         // its time
    uint32_t newest_number = 0;  // given last by the initial PID namespace, as far as is certain
    bool forks_seen = false;     // fork records tell births
  };

  static constexpr size_t kTicksShare = 16;     // of memory, for StartTicks
  static constexpr size_t kSpacesShare = 64;    // likewise, for PidSpaces
  static constexpr uint32_t kMaxPid = 4194304;  // PID_MAX_LIMIT of 64-bit kernels
  static constexpr int kMaxForesight = 64;      // forks applied ahead of each other for one fact
  static bool ValidPid(uint32_t pid) { return pid != 0 && pid <= kMaxPid; }
  static bool IsLive(const Process* process) {
    return process != nullptr && process->state == Process::State::kLive;
  }
  // The process that has `pid`, as far as known; null if it has ended.
  Process* Live(uint32_t node, uint32_t pid) {
    Process* process = table_.Latest(node, pid);
    return IsLive(process) ? process : nullptr;
  }

  // --- what a record says, beside who it is about ------------------------------------------------
  void Refresh(Process& process, const LoggedCall& logged, bool ahead);
  void RefreshParent(Process& process, const LoggedCall& logged, bool ahead);
  void RefreshLogin(Process& process, const LoggedCall& logged);
  void RefreshProgram(Process& process, const LoggedCall& logged);
  void SetProgram(Process& process, std::string_view image, std::string_view command_line,
                  std::string_view cwd);
  std::string_view ImageOf(const LoggedCall& logged);
  void KeepWithinBudget(const Process& in_use, int64_t time_ms);

  // --- who it is ---------------------------------------------------------------------------------
  // The process that a fact is about; null if the fact changes nothing any more, or cannot be true.
  Process* Find(const LoggedCall& logged);
  // Likewise: found, or made if it is new. `ahead`: how many forks have been applied ahead of their
  // turn for this fact.
  Process& Resolve(const LoggedCall& logged, int ahead);
  // The live process that `logged` means by `pid`, beside its subject; null if none is known.
  Process* Named(const LoggedCall& logged, uint32_t pid, int ahead);
  // The process that ppid= means in `logged`; null for pid 0.
  Process* PresentParent(const LoggedCall& logged, int ahead);
  // The call still to come by which the subject of `logged`, or another process that `logged`
  // names, was born; null if that is `present`, or unknown.
  const LoggedFork* BirthToCome(const LoggedCall& logged, Process* present);
  const LoggedFork* NamedBirthToCome(const LoggedCall& logged, uint32_t pid);
  bool MayBeSibling(const LoggedFork& fork, const LoggedCall& logged);
  bool CandidateMatches(const ForkCandidate& candidate, const Process* present,
                        const LoggedCall& logged);
  bool IsLateRecord(const Process& process, const LoggedCall& logged);
  bool BelongsTo(Process& process, const LoggedCall& logged, bool ahead);
  bool BelongsByForks(Process& process, const LoggedCall& logged, bool ahead);
  bool LooksBornOf(const Ancestry& ancestry, const LoggedCall& logged);
  bool Runs(const SharedText* program, const LoggedCall& logged);
  bool ParentTells(const LoggedCall& logged);
  bool MayBeReused(const Process& process) const;
  bool LooksTheSame(const Process& process, const LoggedCall& logged);
  bool BelongsByOrder(Process& process, const LoggedCall& logged);
  ProgramSays ProgramOf(const Process& process, const LoggedCall& logged);
  static bool CanAdopt(const Process* adopter, const Process& orphan);
  enum class Kin : uint8_t { kYes, kNo, kUnknown };
  Kin IsAncestor(Process& process, uint32_t pid);

  // --- births ------------------------------------------------------------------------------------
  void ApplyFork(const LoggedFork& fork, Process& forker);
  bool ApplyAhead(LoggedFork fork, int64_t named_ms, int ahead);
  void MakeChild(const LoggedFork& fork, Process& forker, int64_t named_ms);
  Process& Create(uint32_t node, uint32_t pid, int64_t named_ms);
  Process& CreateFrom(const LoggedCall& logged, int ahead);
  Process& CreateNamed(const LoggedCall& logged, uint64_t child_at);
  Process& Promote(ForkCandidate& candidate, uint32_t node, uint32_t pid);
  void Forget(ForkCandidate& candidate);
  void Uncount(const ForkCandidate& candidate);
  // Children of inner PID namespaces.
  bool ReturnsInnerNumber(const LoggedFork& fork);
  bool MayBeInitial(uint32_t node, uint32_t number) const;
  void ConfirmInitialNumbers(Process& process, uint32_t number);
  PidSpace NewSpace(PidSpace above);
  void SetChildSpace(ChildNamespace of_children, Process& process);
  PidSpace BirthSpace(const LoggedFork& fork, Process& forker);
  static bool MayEnterSpace(const Process& forker);
  bool BeginsSpace(const LoggedFork& fork, Process& forker, PidSpace space);
  void ApplyInnerCalls(const LoggedCall& logged, Process& parent, int ahead);
  ForkCandidate* InnerBirth(const LoggedCall& logged, Process& parent);
  bool MayHaveLeft(const ForkCandidate& call, Process* caller, const Process& parent);
  Process* CallerOf(const ForkCandidate& call);
  Ancestry TakeCall(ForkCandidate& call);
  // What a child gets from its parent.
  Ancestry TakeAncestry(const LoggedFork& fork, Process& forker);
  void GiveAncestry(Process& child, const Ancestry& ancestry);
  void SetParentFrom(Process& child, Process& parent);

  // --- ends --------------------------------------------------------------------------------------
  void ApplyThreadExit(const LoggedCall& logged, Process& process);
  void ApplyReap(const ReapFact& reap, Process& reaper);
  void End(Process& process, int64_t end_ms, int64_t time_ms);
  void EndSilently(Process& process, int64_t time_ms);
  void EndSpace(Process& init, int64_t time_ms);
  void NoteAdoption(Process& orphan, uint32_t ppid, int64_t time_ms);

  LogLineageOptions options_;
  LifeWriter& records_;
  SharedTextPool& texts_;
  Counters& counters_;
  ProcessTable<Process> table_;
  ForkCandidates candidates_;
  PendingForks pending_;
  StartTicks ticks_;
  PidSpaces spaces_;
  SessionStarts sessions_;
  UserNames users_;
  std::vector<std::string> warnings_;
  std::deque<Node> nodes_;
  std::string image_scratch_, command_line_scratch_, cwd_scratch_;
};

}  // namespace pidigree
