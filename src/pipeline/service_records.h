#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/event/record.h"
#include "src/event/record_batch.h"
#include "src/pipeline/agent_policy.h"

namespace pidigree {

// Appends the events that the agent writes about itself; they are never filtered.
class ServiceRecords {
 public:
  enum class State : uint8_t { kStarted, kStopped };

  // `computer` is valid text.
  explicit ServiceRecords(std::string computer) : computer_(std::move(computer)) {}

  // Event 4.
  void AppendState(State state, UtcTime time, RecordBatch& batch) const;
  // Event 16: `policy` is in force.
  void AppendConfiguration(const AgentPolicy& policy, UtcTime time, RecordBatch& batch) const;
  // Event 255.
  void AppendError(std::string_view id, std::string_view description, UtcTime time,
                   RecordBatch& batch) const;

 private:
  Record Make(const EventType& type, UtcTime time, RecordBatch& batch) const;

  std::string computer_;
};

}  // namespace pidigree
