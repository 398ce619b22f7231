#include "src/pipeline/agent.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "src/enrich/own_memory.h"

namespace pidigree {
namespace {

// How long the last records may take to be written.
constexpr std::chrono::seconds kLastWords{1};

}  // namespace

Agent::Agent(const Parts& parts, const AgentOptions& options,
             std::vector<std::unique_ptr<LineSink>> sinks, EventWriter::Complain complain)
    : parts_(parts),
      source_name_(options.source),
      started_(std::chrono::steady_clock::now()),
      hashes_(options.hashes, losses_),
      queue_(options.queue),
      writer_({queue_, parts.ids, hashes_, losses_}, std::move(sinks), std::move(complain)),
      collector_({parts.source, parts.live, hashes_, queue_, losses_, parts.clock},
                 options.computer, options.drain_time),
      ended_(eventfd(0, EFD_CLOEXEC)) {
  for (const LossReport& loss : options.untold_losses) losses_.GiveBack(loss);
}

Agent::~Agent() {
  if (collector_thread_.joinable()) static_cast<void>(Stop());
}

Result<> Agent::Start(const std::shared_ptr<const AgentPolicy>& policy) {
  const auto tell_gap = [this](const ServiceRecords& service, UtcTime time, RecordBatch& batch) {
    if (const auto& gap = parts_.ids.gap())
      service.AppendError("CRASH",
                          "the agent was not stopped in order; EventRecordIDs from " +
                              std::to_string(gap->first) + " to " + std::to_string(gap->last) +
                              " may be missing",
                          time, batch);
  };
  if (Result<> started = collector_.Start(policy, tell_gap); !started) return started;
  writer_thread_ = std::jthread([this] { writer_.Run(); });
  pthread_setname_np(writer_thread_.native_handle(), "pidigree-writer");
  collector_thread_ = std::jthread([this] {
    source_result_ = collector_.Run();
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(ended_.get(), &one, sizeof one);
  });
  pthread_setname_np(collector_thread_.native_handle(), "pidigree-facts");
  return {};
}

Result<> Agent::SetPolicy(std::shared_ptr<const AgentPolicy> policy) {
  Result<> set = collector_.SetPolicy(std::move(policy));
  if (set) reload_failure_.reset();
  return set;
}

void Agent::TellFailedReload(const std::string& why) {
  const auto boot_ns = static_cast<int64_t>(parts_.clock.BootNs());
  reload_failure_ = {UtcTime{boot_ns + parts_.clock.BootToUtcNs()}, why};
  collector_.TellError("CONFIG", why);
}

AgentStatus Agent::status() const {
  AgentStatus status;
  status.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  status.source_name = source_name_;
  status.source = parts_.source.Status();
  status.counters = collector_.counters();
  status.writer = writer_.status();
  status.losses = losses_.totals();
  status.deletions_unhashed = hashes_.deleted_unknown();
  status.queue = queue_.depth();
  status.resident_bytes = OwnResidentBytes();
  status.policy = collector_.policy();
  status.reload_failure = reload_failure_;
  return status;
}

Result<> Agent::Stop() {
  collector_.RequestStop();
  collector_thread_.join();
  // Somebody may take a little of what is written all the time, and never all of it.
  if (!queue_.WaitUntilDrained(std::chrono::steady_clock::now() + kLastWords))
    writer_.StopWaiting();
  writer_thread_.join();
  for (const LossReport& loss : writer_.untold_losses()) losses_.Add(loss);
  untold_losses_ = losses_.TakeAll();
  return source_result_;
}

}  // namespace pidigree
