#include "src/pipeline/service_records.h"

#include "schema/events.h"

namespace pidigree {

Record ServiceRecords::Make(const EventType& type, UtcTime time, RecordBatch& batch) const {
  Record record = batch.Make(type);
  record.time_created = time;
  record.computer = computer_;
  record.values[type.Find("UtcTime")] = time;
  return record;
}

void ServiceRecords::AppendState(State state, UtcTime time, RecordBatch& batch) const {
  Record record = Make(kServiceStateChange, time, batch);
  record.values[kServiceStateChange["State"]] =
      std::string_view(state == State::kStarted ? "Started" : "Stopped");
  record.values[kServiceStateChange["Version"]] = std::string_view(PIDIGREE_VERSION);
  record.values[kServiceStateChange["SchemaVersion"]] = kSchemaVersion;
  batch.Append(record);
}

void ServiceRecords::AppendConfiguration(const AgentPolicy& policy, UtcTime time,
                                         RecordBatch& batch) const {
  Record record = Make(kConfigStateChange, time, batch);
  record.values[kConfigStateChange["Configuration"]] = batch.Copy(policy.configuration);
  record.values[kConfigStateChange["ConfigurationFileHash"]] =
      batch.Copy(policy.configuration_hash);
  batch.Append(record);
}

void ServiceRecords::AppendError(std::string_view id, std::string_view description, UtcTime time,
                                 RecordBatch& batch) const {
  Record record = Make(kErrorReport, time, batch);
  record.values[kErrorReport["ID"]] = batch.Copy(id);
  record.values[kErrorReport["Description"]] = batch.Copy(description);
  batch.Append(record);
}

}  // namespace pidigree
