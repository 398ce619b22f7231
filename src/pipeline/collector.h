#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/free_list.h"
#include "src/base/mutex.h"
#include "src/base/result.h"
#include "src/event/counters.h"
#include "src/event/event_source.h"
#include "src/pipeline/agent_batch.h"
#include "src/pipeline/agent_policy.h"
#include "src/pipeline/event_writer.h"
#include "src/pipeline/hash_worker.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_queue.h"
#include "src/pipeline/service_records.h"
#include "src/records/live_engine.h"

namespace pidigree {

// Owns the source and the lineage: takes facts, and hands records to the queue. What the queue has
// no room for is dropped and counted. After losses of the source it looks at all processes again,
// at most every 10 s. Also writes the events about the agent itself, so that all events pass one
// place, in order.
class Collector {
 public:
  struct Parts {
    EventSource& source;
    LiveEngine& live;
    HashWorker& hashes;
    RecordQueue& queue;
    LossLedger& losses;
    EventWriter& writer;
    const Clock& clock;
  };

  // What a stop may take, in all: half of it to catch up with what has happened.
  static constexpr std::chrono::milliseconds kDrainTime{4000};

  // `parts` must outlive the collector.
  Collector(const Parts& parts, std::string computer,
            std::chrono::milliseconds drain_time = kDrainTime);
  ~Collector();

  // Attaches what `policy` needs, looks at the processes that are there, and hands over event 4
  // and, with a configuration, 16. To be called once, before Run().
  //
  // Errors: those of the source.
  Result<> Start(const std::shared_ptr<const AgentPolicy>& policy);

  // Until RequestStop(), or an error of the source, which it returns. Then hands over what has
  // happened before, all losses and a last event 4, and closes the queue; waits for what is queued
  // to be written. What is not, until the drain time after the request, is dropped and counted.
  Result<> Run();

  // The rest may be called from any thread.
  void RequestStop();

  // Puts another policy in force and waits for that. Of several callers each gets its turn. The
  // policy of a configuration that is in force already changes nothing.
  //
  // Errors: those of the source, and kSystem after RequestStop(); the old policy stays in force
  // then.
  Result<> SetPolicy(std::shared_ptr<const AgentPolicy> policy);

  // Writes an event 255. Both are valid text.
  void TellError(std::string id, std::string description);

  Counters counters() const;
  std::shared_ptr<const AgentPolicy> policy() const;

 private:
  // Of an event 255.
  struct ErrorText {
    std::string id;
    std::string description;
  };

  // Records of the agent itself, behind everything that happened before.
  struct Draft {
    std::unique_ptr<AgentBatch> batch;
    UtcTime time;
  };

  // `began_ns`, here and below: boot time when the round began.
  void FinishRound(uint64_t began_ns);
  void RequestHashes(AgentBatch& batch);
  void Submit(bool at_once);
  void CountLosses(uint64_t now_ns);
  void Heal();
  // Lets destinations that have nothing else to write tell losses that are due.
  void Nudge(uint64_t began_ns);
  void TellErrors(uint64_t began_ns);
  void ApplyNewPolicy();
  // What the kernel does not tell was for the rules in force to drop: so are all facts up to now.
  void Settle();
  Result<> Adopt(const std::shared_ptr<const AgentPolicy>& policy);
  // Has the source tell what `policy` needs. Errors: the source tells at least what it told before.
  Result<> Prepare(const AgentPolicy& policy);
  void PutInForce(const std::shared_ptr<const AgentPolicy>& policy);
  Result<> TakeSnapshot();
  void Stop(uint64_t began_ns);
  void CatchUp(std::chrono::steady_clock::time_point give_up);
  void CountWhatIsLeft(uint64_t until_ns, std::chrono::steady_clock::time_point give_up);
  void DropQueued();

  Draft BeginDraft(uint64_t began_ns);
  void SubmitDraft(Draft draft);

  void Recycle(std::unique_ptr<AgentBatch> batch);

  const Parts parts_;
  const ServiceRecords service_;
  const std::chrono::milliseconds drain_time_;
  std::shared_ptr<const AgentPolicy> policy_;  // in force
  std::unique_ptr<AgentBatch> batch_;          // being filled
  FreeList<AgentBatch> spare_{4};
  uint64_t counted_ns_ = 0;  // boot time when CountLosses() last looked
  std::array<uint64_t, kLossCauses> counted_{};
  bool holes_ = false;        // facts were lost since the last snapshot
  uint64_t snapshot_ns_ = 0;  // boot time of the last snapshot

  std::atomic<bool> stopping_ = false;
  Mutex setting_policy_;  // held by who waits in SetPolicy(); before mutex_
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::chrono::steady_clock::time_point stop_requested_ GUARDED_BY(mutex_);
  std::shared_ptr<const AgentPolicy> shown_policy_ GUARDED_BY(mutex_);  // policy_, for others
  std::shared_ptr<const AgentPolicy> new_policy_ GUARDED_BY(mutex_);    // to be put in force
  Result<> policy_result_ GUARDED_BY(mutex_);
  std::vector<ErrorText> errors_ GUARDED_BY(mutex_);  // to be told
  Counters counters_ GUARDED_BY(mutex_);              // of the engine
};

}  // namespace pidigree
