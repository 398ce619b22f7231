#include "src/pipeline/event_writer.h"

#include <algorithm>
#include <span>
#include <utility>

namespace pidigree {
namespace {

size_t DigitsOf(uint32_t number) {
  size_t digits = 1;
  while (number >= 10) {
    number /= 10;
    ++digits;
  }
  return digits;
}

}  // namespace

EventWriter::EventWriter(const Parts& parts, const Destinations& destinations)
    : parts_(parts), destinations_(destinations) {
  for (const auto& destination : destinations) {
    auto form = std::ranges::find_if(forms_, [&](const Form& known) {
      return known.format == destination->format() &&
             known.max_line_bytes == destination->max_line_bytes();
    });
    if (form == forms_.end())
      form = forms_.insert(
          form, {destination->format(), destination->max_line_bytes(), {}, {}, pool_.Take()});
    form->events |= destination->events();
    form->destinations.push_back(destination.get());
  }
  std::ranges::sort(forms_, {},
                    [](const Form& form) { return std::pair(form.format, form.max_line_bytes); });
}

bool EventWriter::WriteNext() {
  const MutexLock turn(turn_);
  std::unique_ptr<AgentBatch> batch = parts_.queue.Pop();
  if (!batch) return false;
  Write(*batch);
  parts_.queue.GiveBack(std::move(batch));
  return true;
}

void EventWriter::Notify() const {
  const auto idle = std::ranges::find_if(destinations_, &Destination::IsIdle);
  if (idle != destinations_.end()) (*idle)->Wake();
}

void EventWriter::Run() {
  while (parts_.queue.WaitForOverdue())
    while (WriteNext()) {
    }
  // Who had the last batch has handed it over once nobody has the turn.
  WriteNext();
}

void EventWriter::Write(AgentBatch& batch) {
  FillHashes(batch);
  for (Record& record : batch.live.records.records()) {
    Serialize(*batch.policy, record);
    ++events_[record.type->id & 0xff];
    const bool full = std::ranges::any_of(forms_, [](const Form& form) {
      return form.batch->lines.bytes().size() >= kFullBatchBytes;
    });
    if (full) Flush(batch, false);
  }
  Flush(batch, true);
}

void EventWriter::FillHashes(AgentBatch& batch) {
  const std::span<Record> records = batch.live.records.records();
  for (const AgentBatch::PendingHash& pending : batch.hashes) {
    Record& record = records[pending.record];
    if (const auto failure = parts_.hashes.Wait(*pending.job, pending.deadline))
      parts_.losses.Add(LossOf(*failure, {&record, 1}));
    else
      record.values[record.type->Find("Hashes")] = std::string_view(pending.job->text);
  }
}

void EventWriter::Serialize(const AgentPolicy& policy, Record& record) {
  bool shortened = false;
  const Form* whole = nullptr;  // the last one whose line is not shortened
  for (Form& form : forms_) {
    if (!form.events[record.type->id]) continue;
    LineBatch& batch = *form.batch;
    if (batch.size() == 0) batch.first_id = form.destinations.front()->next_id();
    record.record_id = RecordIds::Advance(batch.first_id, batch.size());
    const Serializer& serializer = *policy.serializers[static_cast<size_t>(form.format)];
    // The number that another destination gives it may be longer.
    const size_t max_bytes =
        form.max_line_bytes == 0
            ? 0
            : form.max_line_bytes - (kMaxRecordIdSize - DigitsOf(record.record_id));
    // Without a limit, or within it, one text serves all.
    if (whole != nullptr && whole->format == form.format &&
        whole->batch->lines.line(whole->batch->size() - 1).size() + kMaxRecordIdSize <= max_bytes) {
      whole->batch->AppendTo(batch.lines, whole->batch->size() - 1, record.record_id);
    } else {
      if (serializer.Append(record, max_bytes, batch.lines.bytes()))
        shortened = true;
      else
        whole = &form;
      batch.lines.EndLine();
    }
    batch.of_lines.push_back({record.time_created,
                              static_cast<uint32_t>(serializer.RecordIdAt(*record.type)),
                              record.type->id});
    batch.events[record.type->id] = true;
  }
  if (shortened) parts_.losses.Add(LossOf(LossCause::kLineShortened, {&record, 1}));
}

void EventWriter::Flush(const AgentBatch& batch, bool is_end) {
  for (Form& form : forms_) {
    LineBatch& lines = *form.batch;
    lines.serializer = batch.policy->serializers[static_cast<size_t>(form.format)];
    lines.told = batch.told;
    lines.always = batch.always;
    lines.last = batch.last && is_end;
    const std::shared_ptr<const LineBatch> shared = pool_.Share(std::move(form.batch));
    form.batch = pool_.Take();
    for (Destination* destination : form.destinations) destination->Push(shared);
  }
}

bool EventWriter::IsIdle() const {
  return std::ranges::any_of(destinations_, &Destination::IsIdle);
}

std::array<uint64_t, 256> EventWriter::events() const {
  std::array<uint64_t, 256> events{};
  for (size_t id = 0; id < events_.size(); ++id) events[id] = events_[id];
  return events;
}

}  // namespace pidigree
