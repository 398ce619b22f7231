#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "src/pipeline/agent_policy.h"
#include "src/pipeline/hash_worker.h"
#include "src/records/event_batch.h"

namespace pidigree {

// Records on their way from the collector to the writer, and what the writer needs besides.
struct AgentBatch {
  struct PendingHash {
    size_t record = 0;
    std::shared_ptr<const HashJob> job;
    HashWorker::Clock::time_point deadline;
  };
  EventBatch live;
  std::shared_ptr<const AgentPolicy> policy;
  std::vector<PendingHash> hashes;  // in the order of the records
  UtcTime told{};                   // what happened before has been told, or is in these records
  bool always = false;              // of the agent itself: there is always room
  bool last = false;                // nothing comes behind
};

}  // namespace pidigree
