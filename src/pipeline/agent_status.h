#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/event/counters.h"
#include "src/event/event_source.h"
#include "src/event/record.h"
#include "src/pipeline/agent_policy.h"
#include "src/pipeline/destination.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_queue.h"

namespace pidigree {

// A configuration that could not be loaded again.
struct ReloadFailure {
  UtcTime time;
  std::string why;  // one line, safe to print
};

// What a running agent says of itself. Counters are since its start.
struct AgentStatus {
  std::chrono::seconds uptime{};
  std::string source_name;
  SourceStatus source;
  Counters counters;
  std::array<uint64_t, 256> events{};  // written as lines, by event id
  std::vector<DestinationStatus> outputs;
  std::array<uint64_t, kLossCauses> losses{};
  uint64_t deletions_unhashed = 0;  // events of deleted files whose hashes nobody knew
  RecordQueue::Depth queue;
  uint64_t resident_bytes = 0;
  std::shared_ptr<const AgentPolicy> policy;
  std::optional<ReloadFailure> reload_failure;  // of the last reload
};

// The status as lines of "key: value"; docs/run.md lists the keys. Safe to print.
std::string FormatStatus(const AgentStatus& status);

// Whether an agent that formatted `status` so fails at something that it should do.
bool TellsOfFailure(std::string_view status);

}  // namespace pidigree
