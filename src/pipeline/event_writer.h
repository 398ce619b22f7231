#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/free_list.h"
#include "src/base/mutex.h"
#include "src/pipeline/destination.h"
#include "src/pipeline/hash_worker.h"
#include "src/pipeline/line_batch.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_queue.h"

namespace pidigree {

// Takes batches from the queue, waits for their hashes, writes their records as lines, once for all
// destinations that want the same form, and hands these over. Waits for no destination.
//
// Whose thread does that is nobody's in particular: mostly that of a destination which has nothing
// to write, and then writes the lines while they are in the cache of its processor.
class EventWriter {
 public:
  // All must outlive the writer.
  struct Parts {
    RecordQueue& queue;
    HashWorker& hashes;
    LossLedger& losses;
  };
  using Destinations = std::vector<std::unique_ptr<Destination>>;

  EventWriter(const Parts& parts, const Destinations& destinations);

  // Any thread: does so with the next batch. False: there was none.
  bool WriteNext();

  // A destination that has nothing to do calls WriteNext() soon.
  void Notify() const;

  // The life of a thread that writes what is overdue, since all destinations are busy: until the
  // queue is closed and empty.
  void Run();

  // Any thread: whether some destination has nothing to write.
  bool IsIdle() const;

  // Any thread: written as lines, by event id.
  std::array<uint64_t, 256> events() const;

 private:
  // How some destinations want their lines.
  struct Form {
    LineFormat format;
    size_t max_line_bytes;  // 0: no limit
    EventSet events;        // that one of them wants
    std::vector<Destination*> destinations;
    std::unique_ptr<LineBatch> batch;  // being filled
  };

  void Write(AgentBatch& batch) REQUIRES(turn_);
  void FillHashes(AgentBatch& batch);
  // Appends the record to each form.
  void Serialize(const AgentPolicy& policy, Record& record) REQUIRES(turn_);
  // Hands over what the forms hold.
  void Flush(const AgentBatch& batch, bool is_end) REQUIRES(turn_);

  const Parts parts_;
  const Destinations& destinations_;
  FreeList<LineBatch> pool_{4};
  Mutex turn_;                                 // batches are handed over in their order
  std::vector<Form> forms_ GUARDED_BY(turn_);  // of each format, that without a limit first
  std::array<std::atomic<uint64_t>, 256> events_{};
};

}  // namespace pidigree
