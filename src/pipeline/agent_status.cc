#include "src/pipeline/agent_status.h"

#include <algorithm>
#include <string_view>

#include "schema/events.h"
#include "src/base/printable.h"
#include "src/base/utc_text.h"

namespace pidigree {
namespace {

class Lines {
 public:
  void Add(std::string_view key, std::string_view value) {
    text_.append(key).append(": ").append(value).append("\n");
  }
  void Add(std::string_view key, uint64_t value) { Add(key, std::to_string(value)); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

bool Works(const AgentStatus& status) {
  return !status.reload_failure && std::ranges::all_of(status.outputs, &DestinationStatus::works);
}

std::string TextOf(const ReloadFailure& failure) {
  return "failed, " + UtcText(failure.time.ns) + ", " + failure.why;
}

}  // namespace

std::string FormatStatus(const AgentStatus& status) {
  Lines lines;
  lines.Add("version", PIDIGREE_VERSION);
  lines.Add("state", Works(status) ? "works" : "fails");
  lines.Add("uptime-seconds", static_cast<uint64_t>(status.uptime.count()));

  const bool configured = status.policy && !status.policy->configuration.empty();
  lines.Add("configuration", configured ? Printable(status.policy->configuration) : "-");
  lines.Add("configuration-hash", configured ? status.policy->configuration_hash : "-");
  if (status.reload_failure) lines.Add("reload", TextOf(*status.reload_failure));

  lines.Add("source", status.source_name);
  for (const std::string& hook : status.source.hooks) lines.Add("hook", hook);
  for (const std::string& unseen : status.source.unseen) lines.Add("unseen", unseen);

  lines.Add("facts", status.source.facts);
  lines.Add("facts-fork", status.counters[Counter::kForks]);
  lines.Add("facts-exec", status.counters[Counter::kExecs]);
  lines.Add("facts-exit", status.counters[Counter::kExits]);
  lines.Add("facts-other", status.counters[Counter::kActivities]);
  lines.Add("facts-muted", status.source.muted);
  lines.Add("connects-failed", status.source.connects_failed);
  lines.Add("replies-unasked", status.source.replies_unasked);
  lines.Add("exchanges-forgotten", status.counters[Counter::kExchangesForgotten]);
  lines.Add("deletions-unhashed", status.deletions_unhashed);
  lines.Add("deletions-unread", status.counters[Counter::kUnreadDeletions]);
  lines.Add("records-filtered", status.counters[Counter::kFiltered]);
  for (const EventType* event : kAllEvents)
    if (const uint64_t count = status.events[event->id]; count > 0)
      lines.Add("events-" + std::to_string(event->id), count);
  lines.Add("announced-fork", status.counters[Counter::kForkAnnouncements]);
  lines.Add("announced-running", status.counters[Counter::kRunningAnnouncements]);

  for (size_t i = 0; i < kLossCauses; ++i)
    lines.Add("lost-" + std::string(NameOf(static_cast<LossCause>(i))), status.losses[i]);

  for (const DestinationStatus& output : status.outputs) {
    lines.Add("output", output.name + (output.works ? " works" : " fails") + ", written " +
                            std::to_string(output.written) + ", lost " +
                            std::to_string(output.lost) + ", waiting " +
                            std::to_string(output.queue_bytes) + " bytes");
  }
  lines.Add("queue-records", status.queue.records);
  lines.Add("queue-bytes", status.queue.bytes);
  lines.Add("queue-bytes-most", status.queue.most_bytes);

  lines.Add("processes", status.counters[Counter::kLiveProcesses]);
  lines.Add("processes-ended", status.counters[Counter::kEndedProcesses]);
  lines.Add("parents-saved", status.counters[Counter::kSavedParents]);
  lines.Add("parents-present", status.counters[Counter::kPresentParents]);
  lines.Add("parents-guessed", status.counters[Counter::kGuessedParents]);
  lines.Add("table-bytes", status.counters[Counter::kTableBytes]);
  lines.Add("memory-bytes", status.resident_bytes);
  return lines.Take();
}

bool TellsOfFailure(std::string_view status) {
  return status.find("\nstate: fails\n") != status.npos;
}

}  // namespace pidigree
