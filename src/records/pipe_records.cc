#include "src/enrich/valid_copy.h"
#include "src/records/record_makers.h"

namespace pidigree {
namespace {

template <const EventType& kType>
void WriteAs(MadeOf<kType> of, std::string_view what, std::string_view path, const Actor& actor,
             RecordWriter& records) {
  records.Tell<kType>(of, actor, [&](Record& record, RecordBatch& batch) {
    record.values[FieldOf<kType>("EventType")] = what;
    record.values[FieldOf<kType>("PipeName")] = ValidCopy(path, batch);
  });
}

}  // namespace

void WritePipe(const PipeFact& event, const Actor& actor, RecordWriter& records) {
  switch (event.action) {
    case PipeAction::kCreated:
      return WritePipeCreated(ACTION_PIPE_CREATED, event.path.text, actor, records);
    case PipeAction::kConnected:
      return WritePipeConnected(ACTION_PIPE_CONNECTED, event.path.text, actor, records);
  }
}

void WritePipeCreated(MadeOf<kPipeCreated> of, std::string_view path, const Actor& actor,
                      RecordWriter& records) {
  WriteAs<kPipeCreated>(of, "CreatePipe", path, actor, records);
}

void WritePipeConnected(MadeOf<kPipeConnected> of, std::string_view path, const Actor& actor,
                        RecordWriter& records) {
  WriteAs<kPipeConnected>(of, "ConnectPipe", path, actor, records);
}

}  // namespace pidigree
