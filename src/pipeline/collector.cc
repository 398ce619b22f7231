#include "src/pipeline/collector.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

// How long records wait for a busy writer before they are offered again.
constexpr std::chrono::milliseconds kOfferInterval{50};

// How long records may wait for a destination that has nothing to do.
constexpr std::chrono::milliseconds kOverdue{20};

// Facts of one round; each makes one record, rarely more.
constexpr size_t kFactsPerRound = 512;

// Records that are worth a batch of their own while the writer is busy with others.
constexpr size_t kFullBatch = 512;

// Between two looks at the counters of the source and the lineage, and at losses that are due.
constexpr std::chrono::milliseconds kCountInterval{1000};
constexpr uint64_t kCountIntervalNs = std::chrono::nanoseconds(kCountInterval).count();

// Between two looks at all processes because of lost facts.
constexpr uint64_t kHealIntervalNs = 10'000'000'000;

// Losses of whole facts, after which the lineage may hold processes that are gone, and lack others.
bool LeavesHoles(SourceLoss cause) {
  switch (cause) {
    case SourceLoss::kRingFull:
    case SourceLoss::kScratchBusy:
    case SourceLoss::kRecursion:
    case SourceLoss::kMalformed:
      return true;
    case SourceLoss::kNameUnread:
    case SourceLoss::kStartUnread:
    case SourceLoss::kTargetGone:
    case SourceLoss::kOwnerUnknown:
      return false;
  }
  return false;
}

// Counts the events that facts would have become, up to a time.
class LeftFacts final : public FactConsumer {
 public:
  explicit LeftFacts(uint64_t until_ns) : until_ns_(until_ns) {}

  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact& fork) override { Note(fork.subject.time_ns, 0); }
  void Apply(const ExecFact& exec) override { Note(exec.subject.time_ns, 1); }
  void Apply(const ExitFact& exit) override { Note(exit.subject.time_ns, 1); }

  // Of the `facts` that came since the last call. Rules might have dropped some.
  uint64_t TakeEvents(size_t facts) {
    const uint64_t others = facts - std::exchange(of_lives_, 0);
    return others + std::exchange(events_, 0);
  }
  // Whether what comes now happened later.
  bool is_past() const { return past_; }

 private:
  void Note(uint64_t time_ns, uint64_t events) {
    ++of_lives_;
    past_ |= time_ns > until_ns_;
    if (time_ns <= until_ns_) events_ += events;
  }

  const uint64_t until_ns_;
  size_t of_lives_ = 0;  // forks, execs and exits
  uint64_t events_ = 0;  // among them
  bool past_ = false;
};

// What is counted on the way that is lost to those who read the records.
struct CountedLoss {
  LossCause cause;
  Counter counter;
};
constexpr CountedLoss kCountedLosses[] = {
    {LossCause::kStartUnread, Counter::kUnseenExecutables},
    {LossCause::kEndUnseen, Counter::kMissedEnds},
    {LossCause::kEndUnseen, Counter::kEndedWhileStopped},
    {LossCause::kPathUnresolved, Counter::kUnresolvedPaths},
    {LossCause::kCommandLineCut, Counter::kCommandLinesCut},
    {LossCause::kUserLate, Counter::kLateUserNames},
    {LossCause::kHostLate, Counter::kLateHostNames},
    {LossCause::kGuidCollision, Counter::kGuidsMoved},
    {LossCause::kRateBound, Counter::kOverBound},
    {LossCause::kDnsUnread, Counter::kRepliesUnread},
    {LossCause::kDnsCut, Counter::kRepliesCut},
};

// Losses since the start as others count them, by LossCause.
std::array<uint64_t, kLossCauses> CountedElsewhere(const SourceStatus& source,
                                                   const Counters& counters) {
  std::array<uint64_t, kLossCauses> totals{};
  std::ranges::copy(source.losses, totals.begin());
  totals[static_cast<size_t>(LossCause::kArgumentsCut)] = source.arguments_cut;
  totals[static_cast<size_t>(LossCause::kPathCut)] = source.paths_cut;
  for (const auto& [cause, counter] : kCountedLosses)
    totals[static_cast<size_t>(cause)] += counters[counter];
  return totals;
}

}  // namespace

Collector::Collector(const Parts& parts, std::string computer, std::chrono::milliseconds drain_time)
    : parts_(parts), service_(std::move(computer)), drain_time_(drain_time) {}

Collector::~Collector() {
  if (batch_) parts_.live.engine.Recycle(batch_->live);
  while (std::unique_ptr<AgentBatch> batch = parts_.queue.TakeBack())
    parts_.live.engine.Recycle(batch->live);
}

Result<> Collector::Start(const std::shared_ptr<const AgentPolicy>& policy) {
  const uint64_t began_ns = parts_.clock.BootNs();
  counted_ns_ = began_ns;
  if (Result<> attached = parts_.source.Attach(policy->wanted); !attached) return attached;
  parts_.live.lineage.SetMute(parts_.source.mute());
  batch_ = spare_.Take();
  PutInForce(policy);
  if (WantsProcesses(policy_->wanted))
    if (Result<> snapshot = TakeSnapshot(); !snapshot) return snapshot;
  Draft draft = BeginDraft(began_ns);
  RecordBatch& records = draft.batch->live.records;
  service_.AppendState(ServiceRecords::State::kStarted, draft.time, records);
  if (!policy_->configuration.empty()) service_.AppendConfiguration(*policy_, draft.time, records);
  SubmitDraft(std::move(draft));
  return {};
}

void Collector::PutInForce(const std::shared_ptr<const AgentPolicy>& policy) {
  {
    const MutexLock lock(mutex_);
    shown_policy_ = policy;
  }
  policy_ = policy;
  RecordPolicy records = policy->records;
  if (policy->rules_name_hashes) records.hasher = &parts_.hashes;
  parts_.hashes.SetKinds(records.hash_kinds);
  parts_.live.engine.SetPolicy(records);
  // It counts from the next batch on.
  parts_.live.engine.BeginBatch(batch_->live);
}

Result<> Collector::TakeSnapshot() {
  snapshot_ns_ = parts_.clock.BootNs();
  parts_.live.lineage.BeginSnapshot();
  Result<> snapshot = parts_.source.Snapshot(parts_.live.engine);
  parts_.live.lineage.EndSnapshot(snapshot.has_value());
  return snapshot;
}

Result<> Collector::Run() {
  Result<> result;
  while (!stopping_) {
    ApplyNewPolicy();
    const uint64_t began_ns = parts_.clock.BootNs();
    const auto patience = batch_->live.records.records().empty() ? kCountInterval : kOfferInterval;
    if (const Result<size_t> facts =
            parts_.source.Poll(patience, kFactsPerRound, parts_.live.engine);
        !facts) {
      result = Fail(facts.error());
      break;
    }
    FinishRound(began_ns);
  }
  RequestStop();
  Stop(parts_.clock.BootNs());
  return result;
}

void Collector::FinishRound(uint64_t began_ns) {
  Submit(false);
  parts_.queue.FindOverdue(kOverdue);
  if (began_ns - counted_ns_ >= kCountIntervalNs) {
    CountLosses(began_ns);
    Heal();
    Nudge(began_ns);
  }
  TellErrors(began_ns);
  while (std::unique_ptr<AgentBatch> batch = parts_.queue.TakeBack()) Recycle(std::move(batch));
  const Counters counters = parts_.live.engine.counters();
  const MutexLock lock(mutex_);
  counters_ = counters;
}

void Collector::Submit(bool at_once) {
  const std::span<const Record> records = batch_->live.records.records();
  if (records.empty()) return;
  // While all who write are busy, small batches would only take more time and memory.
  const bool busy = !parts_.queue.IsDrained() || !parts_.writer.IsIdle();
  if (!at_once && records.size() < kFullBatch && busy) return;
  RequestHashes(*batch_);
  batch_->policy = policy_;
  batch_->told = records.back().time_created;
  const LossReport loss = LossOf(LossCause::kQueueFull, records);
  if (!parts_.queue.Push(batch_)) {
    parts_.losses.Add(loss);
    Recycle(std::move(batch_));
  }
  parts_.writer.Notify();
  batch_ = spare_.Take();
  parts_.live.engine.BeginBatch(batch_->live);
}

void Collector::RequestHashes(AgentBatch& batch) {
  if (!policy_->records.hash_kinds.any()) return;
  const auto deadline = HashWorker::Clock::now() + parts_.hashes.patience();
  for (const HashRequest& request : batch.live.hashes) {
    if (auto job = parts_.hashes.Find(request))
      batch.hashes.push_back({request.record, std::move(job), deadline});
  }
}

void Collector::CountLosses(uint64_t now_ns) {
  // As the clock stands now, also for the time before it was set.
  const int64_t to_utc_ns = parts_.clock.BootToUtcNs();
  const UtcTime since{static_cast<int64_t>(counted_ns_) + to_utc_ns};
  const UtcTime now{static_cast<int64_t>(now_ns) + to_utc_ns};
  const auto totals = CountedElsewhere(parts_.source.Status(), parts_.live.engine.counters());
  for (size_t i = 0; i < kLossCauses; ++i) {
    const uint64_t lost = totals[i] - counted_[i];
    if (lost > 0 && i < kSourceLosses && LeavesHoles(static_cast<SourceLoss>(i))) holes_ = true;
    parts_.losses.Add({static_cast<LossCause>(i), lost, since, now});
  }
  counted_ = totals;
  counted_ns_ = now_ns;
}

void Collector::Heal() {
  const uint64_t now_ns = parts_.clock.BootNs();
  if (!holes_ || now_ns - snapshot_ns_ < kHealIntervalNs || !WantsProcesses(policy_->wanted))
    return;
  // If it fails, the next one may not.
  holes_ = !TakeSnapshot().has_value();
}

void Collector::TellErrors(uint64_t began_ns) {
  std::vector<ErrorText> errors;
  {
    const MutexLock lock(mutex_);
    errors.swap(errors_);
  }
  if (errors.empty()) return;
  Draft draft = BeginDraft(began_ns);
  for (const ErrorText& error : errors)
    service_.AppendError(error.id, error.description, draft.time, draft.batch->live.records);
  SubmitDraft(std::move(draft));
}

void Collector::Nudge(uint64_t began_ns) {
  if (parts_.losses.IsDue(std::chrono::steady_clock::now())) SubmitDraft(BeginDraft(began_ns));
}

Collector::Draft Collector::BeginDraft(uint64_t began_ns) {
  Submit(true);
  // Facts of later moments are still to come, those of earlier ones have been written.
  return {spare_.Take(), parts_.live.lineage.Told(began_ns)};
}

void Collector::SubmitDraft(Draft draft) {
  draft.batch->policy = policy_;
  draft.batch->told = draft.time;
  draft.batch->always = true;
  parts_.queue.Push(draft.batch);
  parts_.writer.Notify();
}

void Collector::ApplyNewPolicy() {
  std::shared_ptr<const AgentPolicy> policy;
  {
    const MutexLock lock(mutex_);
    policy = new_policy_;
  }
  if (!policy) return;
  const Result<> adopted = Adopt(policy);
  const MutexLock lock(mutex_);
  policy_result_ = adopted;
  new_policy_ = nullptr;
  changed_.NotifyAll();
}

Result<> Collector::Prepare(const AgentPolicy& policy) {
  const bool had_processes = WantsProcesses(policy_->wanted);
  // With all that the old policy needs, so that nothing is missed if this fails half-way.
  if (Result<> both = parts_.source.Attach(policy_->wanted | policy.wanted); !both) return both;
  if (WantsProcesses(policy.wanted) && !had_processes)
    if (Result<> snapshot = TakeSnapshot(); !snapshot) return snapshot;
  return parts_.source.Attach(policy.wanted);
}

void Collector::Settle() {
  parts_.live.lineage.StopMuting();
  const uint64_t now_ns = parts_.clock.BootNs();
  while (parts_.live.lineage.latest_fact_ns() < now_ns && !stopping_) {
    const uint64_t began_ns = parts_.clock.BootNs();
    const auto facts =
        parts_.source.Poll(std::chrono::milliseconds(0), kFactsPerRound, parts_.live.engine);
    if (!facts || *facts == 0) break;
    FinishRound(began_ns);
  }
  Submit(true);
}

Result<> Collector::Adopt(const std::shared_ptr<const AgentPolicy>& policy) {
  const uint64_t began_ns = parts_.clock.BootNs();
  if (Result<> prepared = Prepare(*policy); !prepared) {
    // If this fails, too, more is attached than is needed.
    static_cast<void>(parts_.source.Attach(policy_->wanted));
    return prepared;
  }
  Settle();
  PutInForce(policy);
  Draft draft = BeginDraft(began_ns);
  service_.AppendConfiguration(*policy, draft.time, draft.batch->live.records);
  SubmitDraft(std::move(draft));
  return {};
}

void Collector::RequestStop() {
  const MutexLock lock(mutex_);
  if (!stopping_) stop_requested_ = std::chrono::steady_clock::now();
  stopping_ = true;
  parts_.source.Wake();
}

void Collector::Stop(uint64_t began_ns) {
  std::chrono::steady_clock::time_point requested;
  {
    const MutexLock lock(mutex_);
    requested = stop_requested_;
    if (new_policy_) {
      policy_result_ = Fail(ErrorCode::kSystem, "the agent stops");
      new_policy_ = nullptr;
      changed_.NotifyAll();
    }
  }
  CatchUp(requested + drain_time_ / 2);
  parts_.queue.FindOverdue(std::chrono::milliseconds(0));
  if (!parts_.queue.WaitUntilDrained(requested + drain_time_)) DropQueued();
  CountLosses(began_ns);
  TellErrors(began_ns);
  Draft draft = BeginDraft(began_ns);
  draft.batch->last = true;
  service_.AppendState(ServiceRecords::State::kStopped, draft.time, draft.batch->live.records);
  SubmitDraft(std::move(draft));
  parts_.queue.Close();
}

// Takes what happened before now. On a busy host something happens all the time, and it may be more
// than can be taken.
void Collector::CatchUp(std::chrono::steady_clock::time_point give_up) {
  const uint64_t now_ns = parts_.clock.BootNs();
  for (;;) {
    const Result<size_t> facts =
        parts_.source.Poll(std::chrono::milliseconds(0), kFactsPerRound, parts_.live.engine);
    Submit(true);
    while (std::unique_ptr<AgentBatch> batch = parts_.queue.TakeBack()) Recycle(std::move(batch));
    if (!facts || *facts == 0 || parts_.live.lineage.latest_fact_ns() > now_ns) return;
    if (std::chrono::steady_clock::now() > give_up)
      return CountWhatIsLeft(now_ns, give_up + drain_time_ / 4);
  }
}

void Collector::CountWhatIsLeft(uint64_t until_ns, std::chrono::steady_clock::time_point give_up) {
  LeftFacts left(until_ns);
  LossReport loss{.cause = LossCause::kStop};
  loss.last = parts_.live.lineage.Told(parts_.clock.BootNs());
  loss.first = parts_.live.lineage.Told(parts_.live.lineage.latest_fact_ns());
  do {
    const Result<size_t> facts =
        parts_.source.Poll(std::chrono::milliseconds(0), kFactsPerRound, left);
    if (!facts || *facts == 0) break;
    loss.count += left.TakeEvents(*facts);
  } while (!left.is_past() && std::chrono::steady_clock::now() < give_up);
  parts_.losses.Add(loss);
}

void Collector::DropQueued() {
  for (std::unique_ptr<AgentBatch>& batch : parts_.queue.TakeAll()) {
    parts_.losses.Add(LossOf(LossCause::kStop, batch->live.records.records()));
    Recycle(std::move(batch));
  }
}

Result<> Collector::SetPolicy(std::shared_ptr<const AgentPolicy> policy) {
  const MutexLock turn(setting_policy_);
  MutexLock lock(mutex_);
  if (stopping_) return Fail(ErrorCode::kSystem, "the agent stops");
  const std::string& hash = policy->configuration_hash;
  if (!hash.empty() && hash == shown_policy_->configuration_hash) return {};
  new_policy_ = std::move(policy);
  parts_.source.Wake();
  while (new_policy_) changed_.Wait(lock);
  return policy_result_;
}

void Collector::TellError(std::string id, std::string description) {
  const MutexLock lock(mutex_);
  errors_.push_back({std::move(id), std::move(description)});
  parts_.source.Wake();
}

Counters Collector::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

std::shared_ptr<const AgentPolicy> Collector::policy() const {
  const MutexLock lock(mutex_);
  return shown_policy_;
}

void Collector::Recycle(std::unique_ptr<AgentBatch> batch) {
  parts_.live.engine.Recycle(batch->live);
  batch->policy = nullptr;
  batch->hashes.clear();
  batch->always = false;
  batch->last = false;
  spare_.Give(std::move(batch));
}

}  // namespace pidigree
