#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/event_ids.h"
#include "src/base/result.h"
#include "src/event/fact_consumer.h"
#include "src/event/process_mute.h"
#include "src/event/source_loss.h"

namespace pidigree {

// Which events of the Sysmon schema somebody may want, by event id.
using EventSet = std::bitset<256>;

// Whether any of them is about a process: not of Sysmon's own state, its configuration, its errors.
inline bool WantsProcesses(EventSet wanted) {
  for (const event_id own :
       {EVENT_SERVICE_STATE_CHANGE, EVENT_CONFIG_STATE_CHANGE, EVENT_ERROR_REPORT})
    wanted.reset(own);
  return wanted.any();
}

struct SourceStatus {
  // Since the source was opened. Exact: every fact is either delivered or counted here.
  std::array<uint64_t, kSourceLosses> losses{};
  uint64_t arguments_cut = 0;
  uint64_t paths_cut = 0;
  uint64_t facts = 0;               // delivered
  uint64_t connects_failed = 0;     // attempts to open a TCP connection, which no fact tells
  uint64_t replies_unasked = 0;     // messages of DNS servers to nobody who asked, likewise
  uint64_t muted = 0;               // facts that were not told, as ProcessMute says
  std::vector<std::string> hooks;   // what is attached, such as "raw_tp/sched_process_exec"
  std::vector<std::string> unseen;  // what cannot be seen with these hooks, for a person
};

// Where facts of the running kernel come from. One thread at a time; Status() and Wake() from any.
class EventSource {
 public:
  virtual ~EventSource() = default;

  // Attaches the hooks that `wanted` needs, and detaches those that it does not need any more;
  // others stay attached without a gap. Facts gather from now on. The first call comes before
  // Snapshot().
  //
  // Errors: what is missing (BTF, a capability, a kernel feature) and what would help. What was
  // attached before stays so then, and nothing else is.
  virtual Result<> Attach(const EventSet& wanted) = 0;

  // Brings the processes that are alive now. Facts of later moments, and perhaps of some earlier
  // ones, come with the next Poll(): a consumer tells doubles by ProcessKey.
  virtual Result<> Snapshot(FactConsumer& consumer) = 0;

  // Waits for at most `timeout` until facts are there, and brings all that are, at most about
  // `max_facts`. Returns how many came.
  virtual Result<size_t> Poll(std::chrono::milliseconds timeout, size_t max_facts,
                              FactConsumer& consumer) = 0;

  // Ends a Poll() that waits, or the next one, without facts if there are none.
  virtual void Wake() = 0;

  virtual SourceStatus Status() const = 0;

  // Null: it tells everything.
  virtual ProcessMute* mute() { return nullptr; }
};

}  // namespace pidigree
