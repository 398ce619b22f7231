#include "src/lineage/live_lineage.h"

#include "src/lineage/live_table_saving.h"
#include "src/lineage/saved_table.h"

namespace pidigree {
namespace {

constexpr uint32_t kInit = 1;
constexpr size_t kMaxProcArguments = 128 * 1024;
// A clock that goes back further than this was stepped; less is slewing, and noise of sampling.
constexpr int64_t kClockStepNs = 100'000'000;

}  // namespace

LiveLineage::LiveLineage(LiveLineageOptions options, const Clock& clock, UserNameService* users,
                         LifeWriter& records)
    : options_(std::move(options)),
      clock_(clock),
      records_(records),
      texts_(records.texts()),
      counters_(records.counters()),
      table_(texts_, options_.max_text_bytes),
      programs_(texts_, options_.max_text_bytes),
      users_(texts_, options_.passwd_path, users, clock),
      latest_fact_ns_(clock.BootNs()) {
  records_.SetComputer(0, options_.computer);
}

// --- batches and time ---------------------------------------------------------------------------

void LiveLineage::BeginBatch() {
  table_.Trim();
  if (unseen_to_end_ && latest_fact_ns_ > snapshot_end_ns_) EndUnseen();
}

void LiveLineage::LookAround() {
  looked_ns_ = clock_.BootNs();
  const int64_t now = clock_.BootToUtcNs();
  if (now < boot_to_utc_ns_ - kClockStepNs) last_told_ns_ = std::numeric_limits<int64_t>::min();
  boot_to_utc_ns_ = now;
  users_.Refresh(looked_ns_);
}

UtcTime LiveLineage::Told(uint64_t boot_ns) {
  // Once for all facts that were waiting, also where batches are rare.
  if (boot_ns > looked_ns_) LookAround();
  return {std::max(last_told_ns_, static_cast<int64_t>(boot_ns) + boot_to_utc_ns_)};
}

UtcTime LiveLineage::When(const Subject& subject) {
  latest_fact_ns_ = std::max(latest_fact_ns_, subject.time_ns);
  const UtcTime time = Told(subject.time_ns);
  last_told_ns_ = time.ns;
  return time;
}

// --- entries ------------------------------------------------------------------------------------

LiveEntry& LiveLineage::Create(const ProcessKey& process) {
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

void LiveLineage::SetIds(LiveEntry& entry, const ProcessIds& ids) {
  entry.uid = ids.uid;
  entry.auid = ids.auid;
  entry.session = ids.session;
  Replace(entry.user, users_.Get(ids.uid));
}

void LiveLineage::GiveParent(LiveEntry& child, LiveEntry& parent, uint32_t parent_uid) {
  table_.SetParent(child, parent);
  child.parent_guid = parent.guid;
  child.parent_pid = parent.pid;
  Replace(child.parent_program, texts_.Retain(parent.program));
  Replace(child.parent_user,
          parent_uid == parent.uid ? texts_.Retain(parent.user) : users_.Get(parent_uid));
}

// Reads what a live process runs; returns its present ppid. Not `known`: it has ended.
uint32_t LiveLineage::ReadProgram(LiveEntry& entry, bool& known) {
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

LiveEntry& LiveLineage::Learn(const ProcessKey& process, const Hint& hint) {
  // Until the snapshot has ended, a process may have ended before it was looked for.
  counters_[Counter::kUnknownProcesses] += latest_fact_ns_ > snapshot_end_ns_;
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
LiveEntry* LiveLineage::GuessParent(const LiveEntry& child, uint32_t ppid) {
  for (const uint32_t pid : {ppid, kInit}) {
    LiveEntry* parent = table_.Latest(pid);
    if (pid == 0 || parent == nullptr || parent->state != LiveEntry::State::kLive) continue;
    if (parent == &child) return nullptr;
    counters_[Counter::kGuessedParents] += pid != ppid;
    return parent;
  }
  return nullptr;
}

LiveEntry* LiveLineage::ParentFor(const ProcessKey& process, const Hint& hint) {
  if (process.tgid == 0) return nullptr;
  LiveEntry* parent = table_.Find(process);
  if (parent == nullptr) parent = &Learn(process, hint);
  return parent;
}

// --- the snapshot -------------------------------------------------------------------------------

void LiveLineage::BeginSnapshot() {
  ++snapshot_;
  LookAround();
  snapshot_begin_ns_ = looked_ns_;
  snapshot_end_ns_ = kNoTime;
  links_.clear();
}

void LiveLineage::Apply(const TaskFact& task) {
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
    ++counters_[Counter::kPresentParents];
    links_.emplace_back(entry, task.present_parent);
  } else {
    ++counters_[Counter::kSavedParents];
  }
}

void LiveLineage::EndSnapshot(bool whole) {
  for (const auto& [child, present_parent] : links_)
    if (LiveEntry* parent = ParentFor(present_parent, {})) GiveParent(*child, *parent, parent->uid);
  links_.clear();
  snapshot_end_ns_ = clock_.BootNs();
  unseen_to_end_ = whole;
}

void LiveLineage::EndUnseen() {
  unseen_to_end_ = false;
  table_.ForEachLiveOf(0, [this](LiveEntry& entry) {
    if (entry.snapshot != snapshot_ && entry.start_ns < snapshot_begin_ns_) EndUntold(entry);
  });
}

// --- facts --------------------------------------------------------------------------------------

// What the child of a fork runs: what its parent ran.
SharedText* LiveLineage::ProgramAtFork(const ForkFact& fork, LiveEntry* parent) {
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

void LiveLineage::Apply(const ForkFact& fork) {
  ++counters_[Counter::kForks];
  table_.Trim();
  const UtcTime time = When(fork.subject);
  LiveEntry* child = table_.Find(fork.child);
  counters_[Counter::kDoubleFacts] += child != nullptr;
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

void LiveLineage::Apply(const ExecFact& exec) {
  ++counters_[Counter::kExecs];
  table_.Trim();
  const UtcTime time = When(exec.subject);
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
}

void LiveLineage::Apply(const ExitFact& exit) {
  ++counters_[Counter::kExits];
  table_.Trim();
  const UtcTime time = When(exit.subject);
  LiveEntry* entry = table_.Find(exit.subject.process);
  if (entry == nullptr) {
    counters_[Counter::kUnknownProcesses] += exit.subject.time_ns > snapshot_end_ns_;
    return;
  }
  if (entry->state != LiveEntry::State::kLive) {
    ++counters_[Counter::kDoubleFacts];
    return;
  }
  End(*entry, exit.subject.ids.uid, time);
}

Actor LiveLineage::Meet(const Subject& subject) {
  const UtcTime time = When(subject);
  LiveEntry* entry = table_.Find(subject.process);
  if (entry == nullptr) entry = &Learn(subject.process, {.ids = subject.ids});
  const uint32_t uid = subject.ids.uid;
  return {*entry, uid == entry->uid ? texts_.Retain(entry->user) : users_.Get(uid), time};
}

void LiveLineage::NothingWritten(const Actor& actor, const Subject& subject) {
  // Until then texts of processes may still be put right.
  if (latest_fact_ns_ > snapshot_end_ns_)
    mutes_.Consider(static_cast<LiveEntry&>(actor.entry), subject, home_);
}

// A process that leaves children behind is announced now at the latest, so that no chain of dead
// ancestors has to be kept.
void LiveLineage::End(LiveEntry& entry, uint32_t uid, UtcTime time) {
  if (entry.live_children > 0) records_.Announce(entry, time);
  SharedText* const user =
      uid == kUnset || uid == entry.uid ? texts_.Retain(entry.user) : users_.Get(uid);
  records_.Terminate(entry, user, time, time);
  texts_.Release(user);
  mutes_.Forget(entry);
  table_.End(entry);
}

// Its exit was lost, or nobody watched; when it ended is not known.
void LiveLineage::EndUntold(LiveEntry& entry) {
  const UtcTime time = When({.time_ns = latest_fact_ns_});
  if (!entry.saved) {
    ++counters_[Counter::kMissedEnds];
    End(entry, kUnset, time);
    return;
  }
  ++counters_[Counter::kEndedWhileStopped];
  if (entry.live_children > 0 && entry.offered_in == LiveEntry::kNeverOffered)
    records_.Announce(entry, time);
  table_.End(entry);
}

// --- the outside --------------------------------------------------------------------------------

std::string LiveLineage::Save() const {
  return EncodeSavedTable(SaveLiveProcesses(table_, options_.machine, options_.boot));
}

Result<> LiveLineage::Load(std::string_view saved) {
  const Result<SavedTable> table = DecodeSavedTable(saved);
  if (!table) return Fail(table.error());
  if (table->machine != options_.machine || table->boot != options_.boot)
    return Fail(ErrorCode::kUnsupported, "the saved process table is of another boot or machine");
  LoadSavedProcesses(*table, table_);
  return {};
}

void LiveLineage::Count(Counters& counters) const {
  counters[Counter::kGuidsMoved] = table_.collisions();
  counters[Counter::kCommandLinesCut] = programs_.cut();
  counters[Counter::kLateUserNames] = users_.late();
  counters[Counter::kLiveProcesses] = table_.live();
  counters[Counter::kEndedProcesses] = table_.ended();
  counters[Counter::kTableBytes] = table_.bytes_held();
}

}  // namespace pidigree
