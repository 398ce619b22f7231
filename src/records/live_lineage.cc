#include "src/records/live_lineage.h"

#include <limits>
#include <utility>
#include <vector>

#include "src/enrich/live_users.h"
#include "src/enrich/proc_program.h"
#include "src/enrich/seen_host_names.h"
#include "src/lineage/live_table.h"
#include "src/lineage/live_table_saving.h"
#include "src/lineage/program_texts.h"
#include "src/lineage/saved_table.h"
#include "src/records/access_records.h"
#include "src/records/code_records.h"
#include "src/records/dns_records.h"
#include "src/records/file_records.h"
#include "src/records/live_mutes.h"
#include "src/records/network_records.h"
#include "src/records/pipe_records.h"
#include "src/records/record_writer.h"
#include "src/records/tampering_records.h"

namespace pidigree {
namespace {

constexpr uint32_t kInit = 1;
constexpr size_t kMaxProcArguments = 128 * 1024;
// A clock that goes back further than this was stepped; less is slewing, and noise of sampling.
constexpr int64_t kClockStepNs = 100'000'000;
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

}  // namespace

class LiveLineage::Impl {
 public:
  Impl(LiveLineageOptions options, const Clock& clock, UserNameService* users,
       HostNameService* hosts)
      : options_(std::move(options)),
        clock_(clock),
        table_(texts_, options_.max_text_bytes),
        programs_(texts_, options_.max_text_bytes),
        users_(texts_, options_.passwd_path, users, clock),
        records_(texts_, {.rates = options_.rates}),
        files_(records_, options_.proc_path),
        host_lookup_(hosts, clock),
        latest_fact_ns_(clock.BootNs()) {
    records_.SetComputer(0, options_.computer);
  }

  void SetPolicy(const RecordPolicy& policy);
  void SetMute(ProcessMute* mute) { mutes_.SetMute(mute); }
  void StopMuting() { mutes_.Stop(); }
  uint64_t latest_fact_ns() const { return latest_fact_ns_; }
  UtcTime Told(uint64_t boot_ns);
  void BeginBatch(EventBatch& batch);
  void Recycle(EventBatch& batch) { records_.Recycle(batch); }

  void BeginSnapshot();
  void EndSnapshot(bool whole);
  void Apply(const TaskFact& task);
  void Apply(const ForkFact& fork);
  void Apply(const ExecFact& exec);
  void Apply(const ExitFact& exit);
  void Apply(const FileFact& event);
  void Apply(const FlowFact& flow);
  void Apply(const PipeFact& event);
  void Apply(const DnsFact& dns);
  void Apply(const AccessFact& access);
  void Apply(const ImageFact& image);
  void Apply(const ModuleFact& module);
  void Apply(const BpfProgramFact& program);

  std::string Save() const;
  Result<> Load(std::string_view saved);
  LiveLineageStatistics Statistics() const;

 private:
  // When a fact happened, as Told() says.
  UtcTime Moment(uint64_t boot_ns);
  // Looks at what changes outside of facts: the clocks, the users.
  void LookAround();
  bool in_snapshot() const { return snapshot_end_ns_ == kNever; }

  LiveEntry& Create(const ProcessKey& process);
  // What a fact tells of a process that nothing told of before.
  struct Hint {
    ProcessIds ids = {};
    ProcessKey parent = {};
    std::string_view comm = {};
    KernelPath image = {};
    bool kernel_thread = false;
  };
  LiveEntry& Learn(const ProcessKey& process, const Hint& hint);
  // The process that `process` is, made if it is not known; null for {0, 0}.
  LiveEntry* ParentFor(const ProcessKey& process, const Hint& hint);
  template <typename Event, typename Write>
  void WithActorOf(const Event& event, const Write& write);
  // A process that a fact names. `user` of it is a reference that the caller releases.
  Actor Named(const ProcessKey& process, uint32_t uid, UtcTime time);
  // What we do ourselves in order to watch is not told.
  bool IsOurs(const Subject& actor) const { return actor.process.tgid == options_.own_pid; }
  LiveEntry* GuessParent(const LiveEntry& child, uint32_t ppid);
  void GiveParent(LiveEntry& child, LiveEntry& parent, uint32_t parent_uid);
  void SetIds(LiveEntry& entry, const ProcessIds& ids);
  // Takes over the reference.
  void SetProgram(LiveEntry& entry, SharedText* program) {
    mutes_.Forget(entry);
    Replace(entry.program, program);
  }
  void Replace(SharedText*& old, SharedText* text) {
    texts_.Release(old);
    old = text;
  }
  uint32_t ReadProgram(LiveEntry& entry, bool& known);
  SharedText* ProgramAtFork(const ForkFact& fork, LiveEntry* parent);

  // `uid`: its real one at the end; kUnset: not known.
  void End(LiveEntry& entry, uint32_t uid, UtcTime time);
  void EndUntold(LiveEntry& entry);
  void EndUnseen();

  const LiveLineageOptions options_;
  const Clock& clock_;
  SharedTextPool texts_;
  LiveTable table_;
  ProgramTexts programs_;
  LiveUsers users_;
  RecordWriter records_;
  LiveMutes mutes_;
  FileRecords files_;
  PipeRecords pipes_{records_};
  SeenHostNames seen_host_names_;
  PatientLookup<IpAddress> host_lookup_;
  NetworkRecords network_{records_, seen_host_names_, host_lookup_, options_.services_path};
  DnsRecords dns_{records_, seen_host_names_};
  AccessRecords accesses_{records_};
  CodeRecords code_{records_};
  TamperingRecords tampering_{records_};
  LiveLineageStatistics statistics_;

  uint64_t looked_ns_ = 0;
  int64_t boot_to_utc_ns_ = 0;
  int64_t last_told_ns_ = std::numeric_limits<int64_t>::min();
  uint64_t latest_fact_ns_;
  uint32_t home_ = 0;  // the initial mount namespace

  uint32_t snapshot_ = 0;
  uint64_t snapshot_begin_ns_ = 0;
  uint64_t snapshot_end_ns_ = 0;
  bool unseen_to_end_ = false;  // what the last snapshot did not see, once facts of later come
  std::vector<std::pair<LiveEntry*, ProcessKey>> links_;  // of the snapshot: present parents
  ProcProgram proc_program_;                              // scratch
};

void LiveLineage::Impl::SetPolicy(const RecordPolicy& policy) {
  mutes_.SetFilter(policy.filter, policy.hasher != nullptr);
  records_.SetFilter(policy.filter, policy.hasher);
  network_.SetHostLookups(policy.host_lookups);
  files_.SetHashKinds(policy.hash_kinds);
}

// --- batches and time ---------------------------------------------------------------------------

void LiveLineage::Impl::BeginBatch(EventBatch& batch) {
  records_.BeginBatch(batch);
  files_.BeginBatch();
  table_.Trim();
  if (unseen_to_end_ && latest_fact_ns_ > snapshot_end_ns_) EndUnseen();
}

void LiveLineage::Impl::LookAround() {
  looked_ns_ = clock_.BootNs();
  const int64_t now = clock_.BootToUtcNs();
  if (now < boot_to_utc_ns_ - kClockStepNs) last_told_ns_ = std::numeric_limits<int64_t>::min();
  boot_to_utc_ns_ = now;
  users_.Refresh(looked_ns_);
  network_.Refresh();
}

UtcTime LiveLineage::Impl::Told(uint64_t boot_ns) {
  // Once for all facts that were waiting, also where batches are rare.
  if (boot_ns > looked_ns_) LookAround();
  return {std::max(last_told_ns_, static_cast<int64_t>(boot_ns) + boot_to_utc_ns_)};
}

UtcTime LiveLineage::Impl::Moment(uint64_t boot_ns) {
  latest_fact_ns_ = std::max(latest_fact_ns_, boot_ns);
  const UtcTime time = Told(boot_ns);
  last_told_ns_ = time.ns;
  return time;
}

// --- entries ------------------------------------------------------------------------------------

LiveEntry& LiveLineage::Impl::Create(const ProcessKey& process) {
  // Of the former owner of a PID that a snapshot meets, facts may still tell the end.
  if (LiveEntry* before = table_.Latest(process.tgid);
      before != nullptr && before->state == LiveEntry::State::kLive &&
      before->start_ns < process.start_ns && !in_snapshot())
    EndUntold(*before);
  LiveEntry& entry =
      table_.Create(process, table_.NewGuid(process, options_.machine, options_.boot));
  entry.start_utc = {static_cast<int64_t>(process.start_ns) + boot_to_utc_ns_};
  return entry;
}

void LiveLineage::Impl::SetIds(LiveEntry& entry, const ProcessIds& ids) {
  entry.uid = ids.uid;
  entry.auid = ids.auid;
  entry.session = ids.session;
  Replace(entry.user, users_.Get(ids.uid));
}

void LiveLineage::Impl::GiveParent(LiveEntry& child, LiveEntry& parent, uint32_t parent_uid) {
  table_.SetParent(child, parent);
  child.parent_guid = parent.guid;
  child.parent_pid = parent.pid;
  Replace(child.parent_program, texts_.Retain(parent.program));
  Replace(child.parent_user,
          parent_uid == parent.uid ? texts_.Retain(parent.user) : users_.Get(parent_uid));
}

// Reads what a live process runs; returns its present ppid. Not `known`: it has ended.
uint32_t LiveLineage::Impl::ReadProgram(LiveEntry& entry, bool& known) {
  known = ReadProcProgram(options_.proc_path, entry.process(), kMaxProcArguments, proc_program_);
  if (!known) return 0;
  if (proc_program_.kernel_thread) {
    entry.kernel_thread = true;
    SetProgram(entry, programs_.MakeKernelThread(proc_program_.comm));
    return proc_program_.ppid;
  }
  SetProgram(entry, programs_.Make({.image = {.text = proc_program_.image},
                                    .arguments = proc_program_.arguments,
                                    .arguments_cut = proc_program_.arguments_cut,
                                    .cwd = proc_program_.cwd,
                                    .executable = proc_program_.executable}));
  return proc_program_.ppid;
}

LiveEntry& LiveLineage::Impl::Learn(const ProcessKey& process, const Hint& hint) {
  // Until the snapshot has ended, a process may have ended before it was looked for.
  statistics_.unknown_processes += latest_fact_ns_ > snapshot_end_ns_;
  LiveEntry& entry = Create(process);
  SetIds(entry, hint.ids);
  entry.kernel_thread = hint.kernel_thread;
  bool alive = false;
  const uint32_t ppid = ReadProgram(entry, alive);
  if (alive) entry.snapshot = snapshot_;  // as good as seen by it
  if (hint.kernel_thread)
    SetProgram(entry, programs_.MakeKernelThread(hint.comm));
  else if (!alive)
    SetProgram(entry, programs_.Make({.image = hint.image}));
  LiveEntry* parent = ParentFor(hint.parent, {});
  if (parent == nullptr) parent = GuessParent(entry, ppid);
  if (parent != nullptr) GiveParent(entry, *parent, parent->uid);
  return entry;
}

// Whoever the present parent `ppid` may be; of a dead process (0) nobody can tell any more, and
// what is known for certain is that pid 1 is above it.
LiveEntry* LiveLineage::Impl::GuessParent(const LiveEntry& child, uint32_t ppid) {
  for (const uint32_t pid : {ppid, kInit}) {
    LiveEntry* parent = table_.Latest(pid);
    if (pid == 0 || parent == nullptr || parent->state != LiveEntry::State::kLive) continue;
    if (parent == &child) return nullptr;
    statistics_.guessed_parents += pid != ppid;
    return parent;
  }
  return nullptr;
}

LiveEntry* LiveLineage::Impl::ParentFor(const ProcessKey& process, const Hint& hint) {
  if (process.tgid == 0) return nullptr;
  LiveEntry* parent = table_.Find(process);
  if (parent == nullptr) parent = &Learn(process, hint);
  return parent;
}

// --- the snapshot -------------------------------------------------------------------------------

void LiveLineage::Impl::BeginSnapshot() {
  ++snapshot_;
  LookAround();
  snapshot_begin_ns_ = looked_ns_;
  snapshot_end_ns_ = kNever;
  links_.clear();
}

void LiveLineage::Impl::Apply(const TaskFact& task) {
  LiveEntry* entry = table_.Find(task.subject.process);
  const bool is_new = entry == nullptr;
  if (is_new) entry = &Create(task.subject.process);
  entry->snapshot = snapshot_;
  if (!is_new && !entry->saved) return;
  entry->saved = false;
  entry->kernel_thread = task.kernel_thread;
  entry->mount_namespace = task.place.mount_namespace;
  if (task.subject.process.tgid == kInit) home_ = task.place.mount_namespace;
  SetIds(*entry, task.subject.ids);
  bool alive = true;
  if (task.kernel_thread)
    SetProgram(*entry, programs_.MakeKernelThread(task.comm));
  else
    ReadProgram(*entry, alive);
  if (!alive && entry->program == nullptr) SetProgram(*entry, programs_.Make({}));
  if (is_new) {
    ++statistics_.present_parents;
    links_.emplace_back(entry, task.present_parent);
  } else {
    ++statistics_.saved_parents;
  }
}

void LiveLineage::Impl::EndSnapshot(bool whole) {
  for (const auto& [child, present_parent] : links_)
    if (LiveEntry* parent = ParentFor(present_parent, {})) GiveParent(*child, *parent, parent->uid);
  links_.clear();
  snapshot_end_ns_ = clock_.BootNs();
  unseen_to_end_ = whole;
}

void LiveLineage::Impl::EndUnseen() {
  unseen_to_end_ = false;
  table_.ForEachLiveOf(0, [this](LiveEntry& entry) {
    if (entry.snapshot != snapshot_ && entry.start_ns < snapshot_begin_ns_) EndUntold(entry);
  });
}

// --- facts --------------------------------------------------------------------------------------

// What the child of a fork runs: what its parent ran.
SharedText* LiveLineage::Impl::ProgramAtFork(const ForkFact& fork, LiveEntry* parent) {
  if (fork.kernel_thread) return programs_.MakeKernelThread(fork.comm);
  if (parent == nullptr || parent->program == nullptr) return programs_.Make({.image = fork.image});
  if (parent->kernel_thread) {
    // Workers change their names; this is the present one.
    if (!ProgramTexts::IsKernelThread(*parent->program, fork.comm))
      SetProgram(*parent, programs_.MakeKernelThread(fork.comm));
    return texts_.Retain(parent->program);
  }
  if (fork.image.text.empty() || ProgramTexts::HasImage(*parent->program, fork.image))
    return texts_.Retain(parent->program);
  // The snapshot saw what the parent ran later, or it now has another view of the file system.
  const bool same_program = fork.subject.time_ns > snapshot_end_ns_;
  return programs_.WithImage(*parent->program, fork.image, same_program);
}

void LiveLineage::Impl::Apply(const ForkFact& fork) {
  ++statistics_.forks;
  table_.Trim();
  const UtcTime time = Moment(fork.subject.time_ns);
  LiveEntry* child = table_.Find(fork.child);
  statistics_.double_facts += child != nullptr;
  if (child != nullptr && child->forked) return;
  LiveEntry* parent = ParentFor(fork.subject.process, {.ids = fork.subject.ids,
                                                       .parent = fork.creator,
                                                       .comm = fork.comm,
                                                       .image = fork.image,
                                                       .kernel_thread = fork.kernel_thread});
  if (child == nullptr) child = &Create(fork.child);
  child->forked = true;
  if (!child->executed && !records_.Offered(*child)) {
    SetIds(*child, fork.subject.ids);
    child->kernel_thread = fork.kernel_thread;
    child->mount_namespace = fork.place.mount_namespace;
    // The snapshot may have read better what the parent ran then: its child still runs it.
    if (child->program == nullptr || !ProgramTexts::HasImage(*child->program, fork.image))
      SetProgram(*child, ProgramAtFork(fork, parent));
  }
  if (parent == nullptr) return;
  GiveParent(*child, *parent, fork.subject.ids.uid);
  // Told late: it would have been announced at its end for this child.
  if (parent->state == LiveEntry::State::kEnded && !records_.Offered(*parent))
    records_.Announce(*parent, time);
}

void LiveLineage::Impl::Apply(const ExecFact& exec) {
  ++statistics_.execs;
  table_.Trim();
  const UtcTime time = Moment(exec.subject.time_ns);
  LiveEntry* entry = table_.Find(exec.subject.process);
  if (entry == nullptr)
    entry = &Learn(exec.subject.process, {.ids = exec.subject.ids, .parent = exec.present_parent});
  entry->executed = true;
  entry->kernel_thread = false;
  entry->mount_namespace = exec.place.mount_namespace;
  SetIds(*entry, exec.subject.ids);
  std::string_view arguments = exec.arguments;
  if (!exec.arguments_cut && arguments.ends_with('\0')) arguments.remove_suffix(1);
  std::string_view whole;
  SetProgram(*entry, programs_.Make({.image = exec.image,
                                     .arguments = arguments,
                                     .arguments_cut = exec.arguments_cut,
                                     .cwd = exec.cwd.text,
                                     .cwd_cut = exec.cwd.cut,
                                     .executable = exec.executable},
                                    &whole));
  records_.Exec(*entry, time, whole);
  tampering_.WriteExec(exec, {*entry, entry->user, time});
}

void LiveLineage::Impl::Apply(const ExitFact& exit) {
  ++statistics_.exits;
  table_.Trim();
  const UtcTime time = Moment(exit.subject.time_ns);
  LiveEntry* entry = table_.Find(exit.subject.process);
  if (entry == nullptr) {
    statistics_.unknown_processes += exit.subject.time_ns > snapshot_end_ns_;
    return;
  }
  if (entry->state != LiveEntry::State::kLive) {
    ++statistics_.double_facts;
    return;
  }
  End(*entry, exit.subject.ids.uid, time);
}

Actor LiveLineage::Impl::Named(const ProcessKey& process, uint32_t uid, UtcTime time) {
  LiveEntry* entry = table_.Find(process);
  if (entry == nullptr) entry = &Learn(process, {.ids = {.uid = uid}});
  SharedText* const user = uid == entry->uid ? texts_.Retain(entry->user) : users_.Get(uid);
  return {*entry, user, time};
}

// Names who did what `event` tells while `write` makes records of it.
template <typename Event, typename Write>
void LiveLineage::Impl::WithActorOf(const Event& event, const Write& write) {
  ++statistics_.activities;
  table_.Trim();
  const Actor actor =
      Named(event.subject.process, event.subject.ids.uid, Moment(event.subject.time_ns));
  const size_t written = records_.batch().records().size();
  write(actor);
  texts_.Release(actor.user);
  // Until then texts of processes may still be put right.
  if (latest_fact_ns_ > snapshot_end_ns_ && records_.batch().records().size() == written)
    mutes_.Consider(actor.entry, event.subject, home_);
}

void LiveLineage::Impl::Apply(const FileFact& event) {
  WithActorOf(event, [&](const Actor& actor) { files_.Write(event, actor); });
}

void LiveLineage::Impl::Apply(const FlowFact& flow) {
  WithActorOf(flow, [&](const Actor& actor) { network_.Write(flow, actor); });
}

void LiveLineage::Impl::Apply(const PipeFact& event) {
  WithActorOf(event, [&](const Actor& actor) { pipes_.Write(event, actor); });
}

void LiveLineage::Impl::Apply(const DnsFact& dns) {
  WithActorOf(dns, [&](const Actor& actor) { dns_.Write(dns, actor); });
}

void LiveLineage::Impl::Apply(const AccessFact& access) {
  if (IsOurs(access.subject)) return;
  WithActorOf(access, [&](const Actor& actor) {
    const Actor target = Named(access.target, access.target_uid, actor.time);
    accesses_.Write(access, actor, target);
    texts_.Release(target.user);
  });
}

void LiveLineage::Impl::Apply(const ImageFact& image) {
  WithActorOf(image, [&](const Actor& actor) {
    switch (image.action) {
      case ImageAction::kMapped:
        code_.WriteImageLoad(image, actor);
        break;
      case ImageAction::kReplaced:
        tampering_.WriteReplacedImage(actor);
        break;
    }
  });
}

void LiveLineage::Impl::Apply(const ModuleFact& module) {
  ++statistics_.activities;
  code_.WriteDriverLoad(module, Moment(module.subject.time_ns));
}

void LiveLineage::Impl::Apply(const BpfProgramFact& program) {
  if (IsOurs(program.subject)) return;
  WithActorOf(program, [&](const Actor& actor) { code_.WriteBpfProgram(program, actor); });
}

// A process that leaves children behind is announced now at the latest, so that no chain of dead
// ancestors has to be kept.
void LiveLineage::Impl::End(LiveEntry& entry, uint32_t uid, UtcTime time) {
  if (entry.live_children > 0) records_.Announce(entry, time);
  SharedText* const user =
      uid == kUnset || uid == entry.uid ? texts_.Retain(entry.user) : users_.Get(uid);
  records_.Terminate(entry, user, time, time);
  texts_.Release(user);
  mutes_.Forget(entry);
  table_.End(entry);
}

// Its exit was lost, or nobody watched; when it ended is not known.
void LiveLineage::Impl::EndUntold(LiveEntry& entry) {
  const UtcTime time = Moment(latest_fact_ns_);
  if (!entry.saved) {
    ++statistics_.missed_ends;
    End(entry, kUnset, time);
    return;
  }
  ++statistics_.ended_while_stopped;
  if (entry.live_children > 0 && entry.offered_in == LiveEntry::kNeverOffered)
    records_.Announce(entry, time);
  table_.End(entry);
}

// --- the outside --------------------------------------------------------------------------------

std::string LiveLineage::Impl::Save() const {
  return EncodeSavedTable(SaveLiveProcesses(table_, options_.machine, options_.boot));
}

Result<> LiveLineage::Impl::Load(std::string_view saved) {
  const Result<SavedTable> table = DecodeSavedTable(saved);
  if (!table) return Fail(table.error());
  if (table->machine != options_.machine || table->boot != options_.boot)
    return Fail(ErrorCode::kUnsupported, "the saved process table is of another boot or machine");
  LoadSavedProcesses(*table, table_);
  return {};
}

LiveLineageStatistics LiveLineage::Impl::Statistics() const {
  LiveLineageStatistics statistics = statistics_;
  static_cast<RecordCounts&>(statistics) = records_.counts();
  statistics.guid_collisions = table_.collisions();
  statistics.command_lines_cut = programs_.cut();
  statistics.unresolved_paths = files_.unresolved_paths();
  statistics.unseen_executables = files_.unseen_executables();
  statistics.late_user_names = users_.late();
  statistics.late_host_names = host_lookup_.late();
  statistics.replies_unread = dns_.unread();
  statistics.replies_cut = dns_.cut();
  statistics.unread_deletions = files_.unread_deletions();
  statistics.exchanges_forgotten = network_.forgotten();
  statistics.live_processes = table_.live();
  statistics.ended_processes = table_.ended();
  statistics.table_bytes = table_.bytes_held();
  return statistics;
}

LiveLineage::LiveLineage(LiveLineageOptions options, const Clock& clock, UserNameService* users,
                         HostNameService* hosts)
    : impl_(std::make_unique<Impl>(std::move(options), clock, users, hosts)) {}
LiveLineage::~LiveLineage() = default;
void LiveLineage::SetPolicy(const RecordPolicy& policy) { impl_->SetPolicy(policy); }
void LiveLineage::SetMute(ProcessMute* mute) { impl_->SetMute(mute); }
void LiveLineage::StopMuting() { impl_->StopMuting(); }
uint64_t LiveLineage::latest_fact_ns() const { return impl_->latest_fact_ns(); }
UtcTime LiveLineage::Told(uint64_t boot_ns) { return impl_->Told(boot_ns); }
void LiveLineage::BeginBatch(EventBatch& batch) { impl_->BeginBatch(batch); }
void LiveLineage::Recycle(EventBatch& batch) { impl_->Recycle(batch); }
void LiveLineage::BeginSnapshot() { impl_->BeginSnapshot(); }
void LiveLineage::EndSnapshot(bool whole) { impl_->EndSnapshot(whole); }
void LiveLineage::Apply(const TaskFact& task) { impl_->Apply(task); }
void LiveLineage::Apply(const ForkFact& fork) { impl_->Apply(fork); }
void LiveLineage::Apply(const ExecFact& exec) { impl_->Apply(exec); }
void LiveLineage::Apply(const ExitFact& exit) { impl_->Apply(exit); }
void LiveLineage::Apply(const FileFact& event) { impl_->Apply(event); }
void LiveLineage::Apply(const FlowFact& flow) { impl_->Apply(flow); }
void LiveLineage::Apply(const PipeFact& event) { impl_->Apply(event); }
void LiveLineage::Apply(const DnsFact& dns) { impl_->Apply(dns); }
void LiveLineage::Apply(const AccessFact& access) { impl_->Apply(access); }
void LiveLineage::Apply(const ImageFact& image) { impl_->Apply(image); }
void LiveLineage::Apply(const ModuleFact& module) { impl_->Apply(module); }
void LiveLineage::Apply(const BpfProgramFact& program) { impl_->Apply(program); }
std::string LiveLineage::Save() const { return impl_->Save(); }
Result<> LiveLineage::Load(std::string_view saved) { return impl_->Load(saved); }
LiveLineageStatistics LiveLineage::statistics() const { return impl_->Statistics(); }

}  // namespace pidigree
