#include "src/enrich/tampering_records.h"

#include "schema/events.h"

namespace pidigree {
namespace {

// What the walk to the root of a path finds instead of a directory (src/event/kernel_fact.h).
constexpr std::string_view kMemfdPrefix = "memfd:";

}  // namespace

void TamperingRecords::WriteExec(const KernelExec& exec, const LiveActor& process) {
  if (exec.image.text.starts_with(kMemfdPrefix))
    Write("memfd", process);
  else if (exec.image.unlinked || exec.executable.links == 0)
    Write("deleted image", process);
  if (exec.traced) Write("traced exec", process);
}

void TamperingRecords::Write(std::string_view kind, const LiveActor& process) {
  constexpr const EventType& type = kProcessTampering;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, process, records_.computer());
  record.values[type["Type"]] = kind;
  records_.Tell(record, start, {process});
}

}  // namespace pidigree
