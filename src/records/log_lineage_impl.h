#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/lineage/fork_candidates.h"
#include "src/lineage/pending_forks.h"
#include "src/lineage/pid_order.h"
#include "src/lineage/pid_spaces.h"
#include "src/lineage/process_table.h"
#include "src/lineage/session_starts.h"
#include "src/lineage/start_ticks.h"
#include "src/records/log_lineage.h"
#include "src/records/record_writer.h"

namespace pidigree {

// What LogLineage does. Who a record is about stands in log_identity.cc, beginnings in
// log_births.cc, ends in log_ends.cc.
class LogLineage::Impl {
 public:
  explicit Impl(LogLineageOptions options)
      : options_(std::move(options)),
        table_(texts_,
               {.max_bytes = options_.max_table_bytes - options_.max_table_bytes / kTicksShare -
                             options_.max_table_bytes / kSpacesShare}),
        candidates_(texts_),
        ticks_(options_.max_table_bytes / kTicksShare),
        spaces_(options_.max_table_bytes / kSpacesShare),
        users_(texts_, std::move(options_.users)),
        records_(texts_, {.since = options_.since, .until = options_.until}) {
    records_.SetFilter(options_.filter);
  }

  void BeginBatch(EventBatch& batch) { records_.BeginBatch(batch); }
  void Recycle(EventBatch& batch) { records_.Recycle(batch); }

  void NewNode(uint32_t node, std::string_view name, std::string_view first_record);
  void Foresee(const ProcessFact& fork) {
    nodes_[fork.node].forks_seen = true;
    if (ValidPid(fork.other_pid)) pending_.Add(fork);
  }
  void Apply(const ProcessFact& fact);
  void Reboot(uint32_t node);
  void Finish();

  std::vector<std::string> warnings;
  LogLineageStatistics statistics;

  void CollectStatistics() {
    static_cast<RecordCounts&>(statistics) = records_.counts();
    statistics.candidates_dropped = candidates_.dropped();
    statistics.namespaces_unknown = spaces_.refused();
  }

 private:
  struct Node {
    uint32_t machine = 0;  // M of its GUIDs
    PidOrder order;
    uint32_t boot = 0;
    int64_t clock_shift_ms = 0;  // of the fact that is being applied
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
  void ApplyExec(const ProcessFact& fact, Process& process);
  void Refresh(Process& process, const ProcessFact& fact, bool ahead);
  void RefreshParent(Process& process, const ProcessFact& fact, bool ahead);
  void RefreshLogin(Process& process, const ProcessFact& fact);
  void RefreshProgram(Process& process, const ProcessFact& fact);
  void SetProgram(Process& process, std::string_view image, std::string_view command_line,
                  std::string_view cwd);
  std::string_view ImageOf(const ProcessFact& fact);
  void KeepWithinBudget(const Process& in_use, int64_t time_ms);

  // --- who it is ---------------------------------------------------------------------------------
  // The process that a fact is a record of: found, or made if it is new. `ahead`: how many forks
  // have been applied ahead of their turn for this fact.
  Process& Subject(const ProcessFact& fact, int ahead);
  // The live process that `fact` means by `pid`, beside its subject; null if none is known.
  Process* Named(const ProcessFact& fact, uint32_t pid, int ahead);
  // The process that ppid= means in `fact`; null for pid 0.
  Process* PresentParent(const ProcessFact& fact, int ahead);
  // The call still to come by which the subject of `fact`, or another process that `fact` names,
  // was born; null if that is `present`, or unknown.
  const ProcessFact* BirthToCome(const ProcessFact& fact, Process* present);
  const ProcessFact* NamedBirthToCome(const ProcessFact& fact, uint32_t pid);
  bool MayBeSibling(const ProcessFact& fork, const ProcessFact& fact);
  bool CandidateMatches(const ForkCandidate& candidate, const Process* present,
                        const ProcessFact& fact);
  bool IsLateRecord(const Process& process, const ProcessFact& fact);
  bool BelongsTo(Process& process, const ProcessFact& fact, bool ahead);
  bool BelongsByForks(Process& process, const ProcessFact& fact, bool ahead);
  bool BelongsByOrder(Process& process, const ProcessFact& fact);
  static bool CanAdopt(const Process* adopter, const Process& orphan);
  enum class Kin : uint8_t { kYes, kNo, kUnknown };
  Kin IsAncestor(Process& process, uint32_t pid);

  // --- births ------------------------------------------------------------------------------------
  void ApplyFork(const ProcessFact& fork, Process& forker);
  bool ApplyAhead(const ProcessFact& fork, int64_t named_ms, int ahead);
  void MakeChild(const ProcessFact& fork, Process& forker, int64_t named_ms);
  Process& Create(uint32_t node, uint32_t pid, int64_t named_ms);
  Process& CreateFrom(const ProcessFact& fact, int ahead);
  Process& CreateNamed(const ProcessFact& fact, uint64_t child_at);
  Process& Promote(ForkCandidate& candidate, uint32_t node, uint32_t pid);
  void Forget(ForkCandidate& candidate);
  void Uncount(const ForkCandidate& candidate);
  // Children of inner PID namespaces.
  bool ReturnsInnerNumber(const ProcessFact& fork);
  bool MayBeInitial(uint32_t node, uint32_t number) const;
  void ConfirmInitialNumbers(Process& process, uint32_t number);
  PidSpace NewSpace(PidSpace above);
  void SetChildSpace(const ProcessFact& fact, Process& process);
  PidSpace BirthSpace(const ProcessFact& fork, Process& forker);
  bool BeginsSpace(const ProcessFact& fork, Process& forker, PidSpace space);
  void ApplyInnerCalls(const ProcessFact& fact, Process& parent, int ahead);
  ForkCandidate* InnerBirth(const ProcessFact& fact, Process& parent);
  bool MayHaveLeft(const ForkCandidate& call, Process* caller, const Process& parent);
  Process* CallerOf(const ForkCandidate& call);
  Ancestry TakeCall(ForkCandidate& call);
  // What a child gets from its parent.
  Ancestry TakeAncestry(const ProcessFact& fork, Process& forker);
  void GiveAncestry(Process& child, const Ancestry& ancestry);
  void SetParentFrom(Process& child, Process& parent);

  // --- ends --------------------------------------------------------------------------------------
  void ApplyThreadExit(const ProcessFact& fact, Process& process);
  void ApplyReap(const ProcessFact& fact, Process& reaper);
  void End(Process& process, int64_t end_ms, int64_t time_ms);
  void EndSilently(Process& process, int64_t time_ms);
  void EndSpace(Process& init, int64_t time_ms);
  void NoteAdoption(Process& orphan, uint32_t ppid, int64_t time_ms);

  LogLineageOptions options_;
  SharedTextPool texts_;
  ProcessTable<Process> table_;
  ForkCandidates candidates_;
  PendingForks pending_;
  StartTicks ticks_;
  PidSpaces spaces_;
  SessionStarts sessions_;
  UserNames users_;
  RecordWriter records_;
  std::deque<Node> nodes_;
  std::string image_scratch_, command_line_scratch_, cwd_scratch_;
};

}  // namespace pidigree
