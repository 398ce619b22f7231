#pragma once

#include <cstdint>
#include <deque>
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

// Writes what is told of processes to the current batch, each ancestor before its descendants: a
// record that passed the filter first announces every process above its own that has not been
// offered to the filter yet.
class LiveRecords {
 public:
  struct Options {
    EventRates rates = {};
    // Only records created in [since, until) are offered.
    std::optional<UtcTime> since = {};
    std::optional<UtcTime> until = {};
  };

  // `texts` owns those of the processes.
  LiveRecords(SharedTextPool& texts, const Options& options)
      : texts_(texts), options_(options), bound_(options.rates) {}

  // What records of processes of `host` have for Computer: valid text.
  void SetComputer(uint32_t host, std::string computer) {
    if (computers_.size() <= host) computers_.resize(host + 1);
    computers_[host] = std::move(computer);
  }

  void SetFilter(std::shared_ptr<const RecordFilter> filter);
  void SetHasher(ExecutableHasher* hasher) { hasher_ = hasher; }
  void BeginBatch(LiveBatch& batch);
  // Takes back what a batch holds and clears it.
  void Recycle(LiveBatch& batch);

  // `entry` replaced its program at `time`. `command_line` is the whole one where the table's is
  // cut; empty otherwise.
  void Exec(ProcessEntry& entry, UtcTime time, std::string_view command_line);
  // `entry` ended at `end`, with the user `user`, as what happened at `time` tells; written if it
  // was ever offered.
  void Terminate(ProcessEntry& entry, SharedText* user, UtcTime end, UtcTime time);
  // `entry` is named by what happened at `time`, which passes the filter: announces it and its
  // ancestors as far as they were not.
  void Announce(ProcessEntry& entry, UtcTime time);

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
  std::string_view computer(uint32_t host = 0) const { return computers_[host]; }

  // Its ProcessCreate went to the present filter, or it ended after one went to an earlier one.
  bool Offered(const ProcessEntry& entry) const {
    return entry.offered_in == epoch_ || (entry.offered_in != ProcessEntry::kNeverOffered &&
                                          entry.state == ProcessEntry::State::kEnded);
  }

  const RecordCounts& counts() const { return counts_; }

 private:
  bool InRange(UtcTime time) const {
    return (!options_.since || time >= *options_.since) &&
           (!options_.until || time < *options_.until);
  }
  Record MakeCreate(const ProcessEntry& entry, UtcTime utc_time, UtcTime time,
                    std::string_view description, std::string_view command_line) const;
  // False: the filter dropped it, and all that the batch gave out since `start` with it.
  bool Offer(Record& record, const RecordBatch::Mark& start);
  bool OfferCreate(ProcessEntry& entry, Record& record, const RecordBatch::Mark& start);
  void Write(const ProcessDescription& process, const Record& record);
  void WriteCreate(const ProcessEntry& entry, const Record& record);
  HashRequest RequestFor(const ProcessEntry& entry) const;
  // For rules that name Hashes: fills them in before the decision.
  void HashNow(Record& record, const HashRequest& request);

  SharedTextPool& texts_;
  const Options options_;
  std::deque<std::string> computers_;  // by host; they keep their address
  RateBound bound_;
  std::shared_ptr<const RecordFilter> filter_;
  EventSet wanted_ = EventSet().set();  // by the filter
  ExecutableHasher* hasher_ = nullptr;
  LiveBatch* batch_ = nullptr;
  uint32_t epoch_ = ProcessEntry::kOfferedBeforeStart + 1;  // a new one with each filter
  std::vector<ProcessEntry*> chain_;                        // scratch
  RecordCounts counts_;
};

}  // namespace pidigree
