#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "schema/kernel_actions.h"
#include "src/event/event_source.h"
#include "src/lineage/actor.h"
#include "src/lineage/life_writer.h"
#include "src/records/event_batch.h"
#include "src/records/make_record.h"
#include "src/records/rate_bound.h"

namespace pidigree {

// Why a record of this type is made: an action of which the table in schema/kernel_actions.h says
// so. Any other does not compile: it would be left out, or not be watched, while somebody wants
// such records.
template <const EventType& kType>
class MadeOf {
 public:
  template <typename... Actions>
  // NOLINTNEXTLINE(google-explicit-constructor): an action that is named stands for it
  consteval MadeOf(kernel_action action, Actions... others) {
    if ((events_of_action(action) & (events_of_action(others) & ... & event_bit(kType.id))) == 0)
      throw "no such event is made of this action";
  }
};

// Writes what is told of processes to the current batch, each ancestor before its descendants: a
// record that passed the filter first announces every process above its own that has not been
// offered to the filter yet.
class RecordWriter final : public LifeWriter {
 public:
  struct Options {
    EventRates rates = {};
    // Only records created in [since, until) are offered.
    std::optional<UtcTime> since = {};
    std::optional<UtcTime> until = {};
  };

  explicit RecordWriter(const Options& options) : options_(options), bound_(options.rates) {}

  void SetComputer(uint32_t host, std::string computer) override {
    if (computers_.size() <= host) computers_.resize(host + 1);
    computers_[host] = std::move(computer);
  }

  // As RecordPolicy has them.
  void SetFilter(std::shared_ptr<const RecordFilter> filter, ExecutableHasher* hasher = nullptr);
  void BeginBatch(EventBatch& batch);
  // Takes back what a batch holds and clears it.
  void Recycle(EventBatch& batch);

  void Exec(ProcessEntry& entry, UtcTime time, std::string_view command_line) override;
  void Terminate(ProcessEntry& entry, SharedText* user, UtcTime end, UtcTime time) override;
  void Announce(ProcessEntry& entry, UtcTime time) override;
  bool Offered(const ProcessEntry& entry) const override {
    return entry.offered_in == epoch_ || (entry.offered_in != ProcessEntry::kNeverOffered &&
                                          entry.state == ProcessEntry::State::kEnded);
  }

  // Each Tell() is for one event of what processes do: it makes a record, if the filter may keep
  // such ones, and offers it. If it is kept, and within the bound of the process that did it,
  // announces the processes that it names, and writes it.
  //
  // `fill(record, batch)` sets the fields that are the event's own. The file whose Hashes the
  // record is to have is what it returns, if anything.
  template <const EventType& kType, typename Fill>
  void Tell(MadeOf<kType> of, const Actor& actor, const Fill& fill) {
    Tell<kType>(of, actor, fill, [](Record&) {});
  }
  // `fill_kept(record)` sets what is only to be found out for records that are kept.
  template <const EventType& kType, typename Fill, typename FillKept>
  void Tell(MadeOf<kType> of, const Actor& actor, const Fill& fill, const FillKept& fill_kept);
  // Of what `actor` did to `target`.
  template <const EventType& kType, typename Fill>
  void TellPair(MadeOf<kType> of, const Actor& actor, const Actor& target, const Fill& fill);
  // Of what happened at `time`, by nobody whom the event names.
  template <const EventType& kType, typename Fill>
  void Tell(MadeOf<kType> of, UtcTime time, const Fill& fill);

  // Whether the filter may keep such a record.
  bool Wants(const EventType& type) const { return wanted_.test(type.id); }
  RecordBatch& batch() { return batch_->records; }

 private:
  using Named = std::initializer_list<Actor>;

  template <typename Fill, typename FillKept>
  void Finish(Record& record, const RecordBatch::Mark& start, Named named, const Fill& fill,
              const FillKept& fill_kept);
  // False: it is not kept. The process that did it is the first of `named`.
  bool Keep(Record& record, const RecordBatch::Mark& start, Named named,
            const std::optional<HashRequest>& file);
  void WriteKept(const Record& record, Named named, const std::optional<HashRequest>& file);

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

  const Options options_;
  std::deque<std::string> computers_;  // by host; they keep their address
  RateBound bound_;
  std::shared_ptr<const RecordFilter> filter_;
  EventSet wanted_ = EventSet().set();  // by the filter
  ExecutableHasher* hasher_ = nullptr;
  EventBatch* batch_ = nullptr;
  uint32_t epoch_ = ProcessEntry::kOfferedBeforeStart + 1;  // a new one with each filter
  std::vector<ProcessEntry*> chain_;                        // scratch
};

template <const EventType& kType, typename Fill, typename FillKept>
void RecordWriter::Tell(MadeOf<kType>, const Actor& actor, const Fill& fill,
                        const FillKept& fill_kept) {
  if (!Wants(kType)) return;
  const RecordBatch::Mark start = batch().mark();
  Record record = MakeActorRecord<kType>(batch(), actor, computers_[actor.entry.host]);
  Finish(record, start, {actor}, fill, fill_kept);
}

template <const EventType& kType, typename Fill>
void RecordWriter::TellPair(MadeOf<kType>, const Actor& actor, const Actor& target,
                            const Fill& fill) {
  if (!Wants(kType)) return;
  const RecordBatch::Mark start = batch().mark();
  Record record = MakePairRecord<kType>(batch(), actor, target, computers_[actor.entry.host]);
  Finish(record, start, {actor, target}, fill, [](Record&) {});
}

template <const EventType& kType, typename Fill>
void RecordWriter::Tell(MadeOf<kType>, UtcTime time, const Fill& fill) {
  if (!Wants(kType)) return;
  const RecordBatch::Mark start = batch().mark();
  Record record = MakeRecord<kType>(batch(), time, computers_.front());
  Finish(record, start, {}, fill, [](Record&) {});
}

template <typename Fill, typename FillKept>
void RecordWriter::Finish(Record& record, const RecordBatch::Mark& start, Named named,
                          const Fill& fill, const FillKept& fill_kept) {
  std::optional<HashRequest> file;
  if constexpr (std::is_void_v<decltype(fill(record, batch()))>)
    fill(record, batch());
  else
    file = fill(record, batch());
  if (!Keep(record, start, named, file)) return;
  fill_kept(record);
  WriteKept(record, named, file);
}

}  // namespace pidigree
