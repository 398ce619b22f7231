#include "src/enrich/pipe_records.h"

#include <string_view>

#include "schema/events.h"
#include "src/enrich/valid_copy.h"

namespace pidigree {

void PipeRecords::Write(const KernelPipeEvent& event, const LiveActor& actor) {
  switch (event.action) {
    case KernelPipeAction::kCreated:
      WriteAs<kPipeCreated>("CreatePipe", event, actor);
      break;
    case KernelPipeAction::kConnected:
      WriteAs<kPipeConnected>("ConnectPipe", event, actor);
      break;
  }
}

template <const EventType& kType>
void PipeRecords::WriteAs(std::string_view event_type, const KernelPipeEvent& event,
                          const LiveActor& actor) {
  if (!records_.Wants(kType)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<kType>(batch, actor, records_.computer());
  record.values[FieldOf<kType>("EventType")] = event_type;
  record.values[FieldOf<kType>("PipeName")] = ValidCopy(event.path.text, batch);
  records_.Tell(record, start, {actor});
}

}  // namespace pidigree
