#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/pipeline/hash_worker.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_ids.h"
#include "src/pipeline/record_queue.h"
#include "src/sink/line_sink.h"

namespace pidigree {

struct WriterStatus {
  struct Output {
    std::string name;
    bool works = true;  // the last attempt to write succeeded
    uint64_t written = 0;
    uint64_t lost = 0;
  };
  std::array<uint64_t, 256> events{};  // by event id; numbered, and offered to every output
  std::vector<Output> outputs;
};

// Takes batches from the queue, gives each record its EventRecordID, and writes it to every sink.
// One that fails does not hold up the others; what it could not take is counted.
class EventWriter {
 public:
  // Told, in words for a person, when an output fails and when it works again. On the writer's
  // thread.
  using Complain = std::function<void(std::string_view message)>;

  // All must outlive the writer.
  struct Parts {
    RecordQueue& queue;
    RecordIds& ids;
    HashWorker& hashes;
    LossLedger& losses;
  };

  EventWriter(const Parts& parts, std::vector<std::unique_ptr<LineSink>> sinks, Complain complain);

  // Until the queue is closed and empty.
  void Run();

  // After Run(): what was lost and not told, since no output worked again.
  std::vector<LossReport> untold_losses() const;

  // Any thread: no sink is waited for from now on.
  void StopWaiting();

  // Any thread: sinks are opened anew before the next line.
  void Reopen() { reopen_ = true; }

  // Any thread.
  WriterStatus status() const;

 private:
  struct Output {
    std::unique_ptr<LineSink> sink;
    size_t form = 0;  // index into forms_
    // Lost and not yet in the ledger: a report would be lost, too, while no output works.
    LossReport lost_now{.cause = LossCause::kSink};
    std::optional<std::chrono::steady_clock::time_point> complained_at;
    bool complained = false;  // about the failure that lasts
    std::atomic<bool> works = true;
    std::atomic<uint64_t> written = 0;
    std::atomic<uint64_t> lost = 0;
  };
  // Lines with one limit of length, for all sinks that have it.
  struct Form {
    size_t max_bytes = 0;  // 0: no limit
    LineBuffer lines;
  };

  void Write(AgentBatch& batch);
  void FillHashes(AgentBatch& batch);
  // Appends `record` to each form.
  void Serialize(const Serializer& serializer, const Record& record);
  // Writes what the forms hold: lines of the records [first, last) of the batch.
  void Flush(const AgentBatch& batch, size_t first, size_t last);
  void Lose(Output& output, std::span<const Record> records);
  void NoteOutcome(Output& output, const Result<>& result);
  void ReopenSinks();

  const Parts parts_;
  const Complain complain_;
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<Form> forms_;  // by ascending limit, "no limit" first
  bool ids_failed_ = false;
  std::atomic<bool> reopen_ = false;
  std::array<std::atomic<uint64_t>, 256> events_{};
};

}  // namespace pidigree
