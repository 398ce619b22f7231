#pragma once

#include <functional>
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
#include "src/pipeline/event_writer.h"
#include "src/pipeline/hash_worker.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_ids.h"
#include "src/pipeline/record_queue.h"
#include "src/records/live_engine.h"
#include "src/sink/line_sink.h"

namespace pidigree {

struct AgentOptions {
  std::string source;    // as the command line names it
  std::string computer;  // valid text
  RecordQueue::Limits queue;
  HashWorker::Options hashes;
  std::chrono::milliseconds drain_time = Collector::kDrainTime;
  std::vector<LossReport> untold_losses = {};  // of the run before
};

// The threads of a running agent and what joins them: the collector, the writer and the hash
// worker. One thread, the owner's, calls everything.
class Agent {
 public:
  // All must outlive the agent.
  struct Parts {
    EventSource& source;
    LiveEngine& live;
    RecordIds& ids;
    const Clock& clock;
  };

  // `complain` is told what a person should know, on any thread.
  Agent(const Parts& parts, const AgentOptions& options,
        std::vector<std::unique_ptr<LineSink>> sinks, EventWriter::Complain complain);
  ~Agent();

  // Attaches hooks, looks at what runs, and starts.
  //
  // Errors: those of the source; nothing was started then.
  Result<> Start(const std::shared_ptr<const AgentPolicy>& policy);

  // Readable once the agent has ended by itself, since its source failed: Stop() tells why.
  int ended_fd() const { return ended_.get(); }

  // As Collector::SetPolicy().
  Result<> SetPolicy(std::shared_ptr<const AgentPolicy> policy);

  // A reload failed and the old policy stays: `why`, one line that is safe to print, is told by
  // event 255, and by the status until SetPolicy() succeeds.
  void TellFailedReload(const std::string& why);

  // Sinks open their files anew.
  void Reopen() { writer_.Reopen(); }

  AgentStatus status() const;

  // Writes what has happened, within 5 s or so, and a last event, and ends the threads. After it
  // the lineage belongs to the owner, who may save it.
  //
  // Errors: that of the source, if it ended the agent.
  Result<> Stop();

  // After Stop(): the losses that no output could be told of.
  const std::vector<LossReport>& untold_losses() const { return untold_losses_; }

 private:
  const Parts parts_;
  const std::string source_name_;
  const std::chrono::steady_clock::time_point started_;
  LossLedger losses_;
  HashWorker hashes_;
  RecordQueue queue_;
  EventWriter writer_;
  Collector collector_;
  UniqueFd ended_;
  std::optional<ReloadFailure> reload_failure_;
  std::vector<LossReport> untold_losses_;
  Result<> source_result_;  // of the collector's thread, until it has been joined
  std::jthread writer_thread_;
  std::jthread collector_thread_;
};

}  // namespace pidigree
