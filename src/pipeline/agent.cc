#include "src/pipeline/agent.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "src/enrich/own_memory.h"

namespace pidigree {
namespace {

// How long the last lines may take to be written.
constexpr std::chrono::seconds kLastWords{1};

EventWriter::Destinations MakeDestinations(std::vector<DestinationSetup> outputs,
                                           LossLedger& losses, const std::string& computer,
                                           const Destination::Complain& complain) {
  EventWriter::Destinations destinations;
  for (DestinationSetup& output : outputs)
    destinations.push_back(
        std::make_unique<Destination>(std::move(output), losses, computer, complain));
  return destinations;
}

}  // namespace

Agent::Agent(const Parts& parts, const AgentOptions& options, std::vector<DestinationSetup> outputs,
             const Destination::Complain& complain)
    : parts_(parts),
      source_name_(options.source),
      drain_time_(options.drain_time),
      started_(std::chrono::steady_clock::now()),
      hashes_(options.hashes, losses_),
      queue_(options.queue),
      destinations_(MakeDestinations(std::move(outputs), losses_, options.computer, complain)),
      writer_({queue_, hashes_, losses_}, destinations_),
      collector_({parts.source, parts.live, hashes_, queue_, losses_, writer_, parts.clock},
                 options.computer, options.drain_time),
      ended_(eventfd(0, EFD_CLOEXEC)) {}

Agent::~Agent() {
  if (collector_thread_.joinable()) static_cast<void>(Stop());
}

Result<> Agent::Start(const std::shared_ptr<const AgentPolicy>& policy) {
  if (Result<> started = collector_.Start(policy); !started) return started;
  const auto end = [this] {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(ended_.get(), &one, sizeof one);
  };
  for (const auto& destination : destinations_)
    destination->Start({.gone =
                            [this, end] {
                              if (++gone_ == destinations_.size()) end();
                            },
                        .make_lines = [this] { return writer_.WriteNext(); }});
  writer_thread_ = std::jthread([this] { writer_.Run(); });
  pthread_setname_np(writer_thread_.native_handle(), "pidigree-writer");
  collector_thread_ = std::jthread([this, end] {
    source_result_ = collector_.Run();
    end();
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
  status.events = writer_.events();
  for (const auto& destination : destinations_) status.outputs.push_back(destination->status());
  status.losses = losses_.totals();
  status.deletions_unhashed = hashes_.deleted_unknown();
  status.queue = queue_.depth();
  status.resident_bytes = OwnResidentBytes();
  status.policy = collector_.policy();
  status.reload_failure = reload_failure_;
  return status;
}

void Agent::Reopen() {
  for (const auto& destination : destinations_) destination->Reopen();
}

Result<> Agent::Stop() {
  const auto deadline = std::chrono::steady_clock::now() + drain_time_;
  collector_.RequestStop();
  collector_thread_.join();
  writer_thread_.join();
  for (const auto& destination : destinations_) destination->Close();
  for (const auto& destination : destinations_) destination->WaitUntilEnded(deadline);
  for (const auto& destination : destinations_) destination->DropQueued();
  for (const auto& destination : destinations_) destination->WaitUntilEnded(deadline + kLastWords);
  for (const auto& destination : destinations_) destination->End();
  Result<> result = source_result_;
  if (result && gone_ == destinations_.size())
    result = Fail(ErrorCode::kGone, "nobody takes the events any more");
  for (const auto& destination : destinations_)
    if (Result<> kept = destination->Keep(); !kept && result) result = kept;
  return result;
}

std::vector<LossReport> Agent::untold_losses() const {
  std::vector<LossReport> untold;
  for (const auto& destination : destinations_)
    for (const LossReport& loss : destination->untold()) {
      const auto known = std::ranges::find_if(untold, [&](const LossReport& other) {
        return other.cause == loss.cause && other.destination == loss.destination;
      });
      if (known == untold.end())
        untold.push_back(loss);
      else if (known->count < loss.count)
        *known = loss;
    }
  return untold;
}

}  // namespace pidigree
