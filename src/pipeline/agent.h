#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/event/event_source.h"
#include "src/pipeline/agent_policy.h"
#include "src/pipeline/agent_status.h"
#include "src/pipeline/collector.h"
#include "src/pipeline/destination.h"
#include "src/pipeline/event_writer.h"
#include "src/pipeline/hash_worker.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_queue.h"
#include "src/records/live_engine.h"

namespace pidigree {

struct AgentOptions {
  std::string source;    // as the command line names it
  std::string computer;  // valid text
  RecordQueue::Limits queue;
  HashWorker::Options hashes;
  std::chrono::milliseconds drain_time = Collector::kDrainTime;
};

// The threads of a running agent and what joins them: the collector, the writer, one for each
// destination, and the hash worker. One thread, the owner's, calls everything.
class Agent {
 public:
  // All must outlive the agent.
  struct Parts {
    EventSource& source;
    LiveEngine& live;
    const Clock& clock;
  };

  // `complain` is told what a person should know, on any thread.
  Agent(const Parts& parts, const AgentOptions& options, std::vector<DestinationSetup> outputs,
        const Destination::Complain& complain);
  ~Agent();

  // Attaches hooks, looks at what runs, and starts.
  //
  // Errors: those of the source; nothing was started then.
  Result<> Start(const std::shared_ptr<const AgentPolicy>& policy);

  // Readable once the agent has ended by itself, since its source failed or nobody will take what
  // it writes: Stop() tells why.
  int ended_fd() const { return ended_.get(); }

  // As Collector::SetPolicy().
  Result<> SetPolicy(std::shared_ptr<const AgentPolicy> policy);

  // A reload failed and the old policy stays: `why`, one line that is safe to print, is told by
  // event 255, and by the status until SetPolicy() succeeds.
  void TellFailedReload(const std::string& why);

  // Destinations open their files anew.
  void Reopen();

  AgentStatus status() const;

  // Writes what has happened, within 5 s or so, and a last event, and ends the threads. After it
  // the lineage belongs to the owner, who may save it.
  //
  // Errors: what ended the agent, that of the source first.
  Result<> Stop();

  // After Stop(): losses that a destination could not be told of, each once. The next run
  // tells them.
  std::vector<LossReport> untold_losses() const;

 private:
  const Parts parts_;
  const std::string source_name_;
  const std::chrono::milliseconds drain_time_;
  const std::chrono::steady_clock::time_point started_;
  LossLedger losses_;
  HashWorker hashes_;
  RecordQueue queue_;
  EventWriter::Destinations destinations_;
  EventWriter writer_;
  Collector collector_;
  UniqueFd ended_;
  std::optional<ReloadFailure> reload_failure_;
  Result<> source_result_;        // of the collector's thread, until it has been joined
  std::atomic<size_t> gone_ = 0;  // destinations
  std::jthread writer_thread_;
  std::jthread collector_thread_;
};

}  // namespace pidigree
