#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/enrich/live_actor.h"
#include "src/enrich/live_batch.h"
#include "src/enrich/live_table.h"
#include "src/enrich/rate_bound.h"
#include "src/enrich/record_counts.h"
#include "src/event/kernel_source.h"

namespace pidigree {

// Writes what is told of live processes to the current batch, each ancestor before its descendants:
// a record that passed the filter first announces every process above its own that has not been
// offered to the filter yet.
class LiveRecords {
 public:
  LiveRecords(LiveTable& table, std::string computer, const EventRates& rates)
      : table_(table), computer_(std::move(computer)), bound_(rates) {}

  void SetFilter(std::shared_ptr<const RecordFilter> filter);
  void SetHasher(ExecutableHasher* hasher) { hasher_ = hasher; }
  void BeginBatch(LiveBatch& batch);

  // `entry` replaced its program at `time`. `command_line` is the whole one where the table's is
  // cut; empty otherwise.
  void Exec(LiveEntry& entry, UtcTime time, std::string_view command_line);
  // `entry` ended, with the user `user`; written if it was ever offered.
  void Terminate(LiveEntry& entry, SharedText* user, UtcTime time);
  // `entry` is named by what happened at `time`, which passes the filter: announces it and its
  // ancestors as far as they were not.
  void Announce(LiveEntry& entry, UtcTime time);

  // For records of what processes do. `start` is the batch's mark() before the record was made.
  // Offers it; if it is kept, and within the bound of the process that did it, which is the first
  // of `named`, announces the processes that it names, `named`, and writes it. `file`: whose Hashes
  // it is to have.
  void Tell(Record& record, const RecordBatch::Mark& start, std::initializer_list<LiveActor> named,
            const std::optional<HashRequest>& file = {});

  // The two halves of Tell(), for what is to be found out of kept records only. False: the record
  // is not kept.
  bool Keep(Record& record, const RecordBatch::Mark& start, std::initializer_list<LiveActor> named);
  void WriteKept(const Record& record, std::initializer_list<LiveActor> named);

  // Whether the filter may keep such a record.
  bool Wants(const EventType& type) const { return wanted_.test(type.id); }
  RecordBatch& batch() { return batch_->records; }
  std::string_view computer() const { return computer_; }

  // Its ProcessCreate went to the present filter, or it ended after one went to an earlier one.
  bool Offered(const LiveEntry& entry) const {
    return entry.offered_in == epoch_ || (entry.offered_in != LiveEntry::kNeverOffered &&
                                          entry.state == LiveEntry::State::kEnded);
  }

  const RecordCounts& counts() const { return counts_; }

 private:
  Record MakeCreate(const LiveEntry& entry, UtcTime utc_time, UtcTime time,
                    std::string_view description, std::string_view command_line) const;
  // False: the filter dropped it, and all that the batch gave out since `start` with it.
  bool Offer(Record& record, const RecordBatch::Mark& start);
  bool OfferCreate(LiveEntry& entry, Record& record, const RecordBatch::Mark& start);
  void Write(const ProcessDescription& process, const Record& record);
  void WriteCreate(const LiveEntry& entry, const Record& record);
  HashRequest RequestFor(const LiveEntry& entry) const;
  // For rules that name Hashes: fills them in before the decision.
  void HashNow(Record& record, const HashRequest& request);

  LiveTable& table_;
  const std::string computer_;
  RateBound bound_;
  std::shared_ptr<const RecordFilter> filter_;
  EventSet wanted_ = EventSet().set();  // by the filter
  ExecutableHasher* hasher_ = nullptr;
  LiveBatch* batch_ = nullptr;
  uint32_t epoch_ = LiveEntry::kOfferedBeforeStart + 1;  // a new one with each filter
  std::vector<LiveEntry*> chain_;                        // scratch
  RecordCounts counts_;
};

}  // namespace pidigree
