#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "src/pipeline/agent_policy.h"
#include "src/pipeline/hash_worker.h"
#include "src/pipeline/loss_ledger.h"
#include "src/records/event_batch.h"

namespace pidigree {

// Records on their way from the collector to the writer, and what the writer needs besides.
struct AgentBatch {
  struct PendingHash {
    size_t record = 0;
    std::shared_ptr<const HashJob> job;
    HashWorker::Clock::time_point deadline;
  };
  struct Report {
    size_t record = 0;
    LossReport loss;
  };

  EventBatch live;
  std::shared_ptr<const AgentPolicy> policy;
  std::vector<PendingHash> hashes;  // in the order of the records
  std::vector<Report> reports;      // records that are event 255, likewise
};

}  // namespace pidigree
