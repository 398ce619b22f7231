#pragma once

#include <string_view>

#include "src/event/record_batch.h"
#include "src/lineage/actor.h"
#include "src/records/make_process_record.h"

namespace pidigree {

// A record of what happened at `time`; `computer` lives as long as the batch.
template <const EventType& kType>
Record MakeRecord(RecordBatch& batch, UtcTime time, std::string_view computer) {
  Record record = batch.Make(kType);
  record.time_created = time;
  record.computer = computer;
  record.values[FieldOf<kType>("UtcTime")] = time;
  return record;
}

// Likewise of what `actor` did, with the fields that such events have in common.
template <const EventType& kType>
Record MakeActorRecord(RecordBatch& batch, const Actor& actor, std::string_view computer) {
  Record record = MakeRecord<kType>(batch, actor.time, computer);
  record.values[FieldOf<kType>("ProcessGuid")] = actor.entry.guid;
  record.values[FieldOf<kType>("ProcessId")] = uint64_t{actor.entry.pid};
  record.values[FieldOf<kType>("Image")] = TextValue(actor.entry.program, kImage);
  record.values[FieldOf<kType>("User")] = TextValue(actor.user, 0);
  return record;
}

// Likewise of what `actor` did to another process. The GUIDs have a name of their own in each
// event.
template <const EventType& kType>
Record MakePairRecord(RecordBatch& batch, const Actor& actor, const Actor& target,
                      std::string_view computer) {
  Record record = MakeRecord<kType>(batch, actor.time, computer);
  record.values[FieldOf<kType>("SourceProcessId")] = uint64_t{actor.entry.pid};
  record.values[FieldOf<kType>("SourceImage")] = TextValue(actor.entry.program, kImage);
  record.values[FieldOf<kType>("SourceUser")] = TextValue(actor.user, 0);
  record.values[FieldOf<kType>("TargetProcessId")] = uint64_t{target.entry.pid};
  record.values[FieldOf<kType>("TargetImage")] = TextValue(target.entry.program, kImage);
  record.values[FieldOf<kType>("TargetUser")] = TextValue(target.user, 0);
  return record;
}

}  // namespace pidigree
