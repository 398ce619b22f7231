#include "src/records/pipe_records.h"

#include "src/enrich/valid_copy.h"

namespace pidigree {

void PipeRecords::Write(const PipeFact& event, const Actor& actor) {
  switch (event.action) {
    case PipeAction::kCreated:
      WriteCreated(ACTION_PIPE_CREATED, event.path.text, actor);
      break;
    case PipeAction::kConnected:
      WriteConnected(ACTION_PIPE_CONNECTED, event.path.text, actor);
      break;
  }
}

void PipeRecords::WriteCreated(MadeOf<kPipeCreated> of, std::string_view path, const Actor& actor) {
  WriteAs<kPipeCreated>(of, "CreatePipe", path, actor);
}

void PipeRecords::WriteConnected(MadeOf<kPipeConnected> of, std::string_view path,
                                 const Actor& actor) {
  WriteAs<kPipeConnected>(of, "ConnectPipe", path, actor);
}

template <const EventType& kType>
void PipeRecords::WriteAs(MadeOf<kType> of, std::string_view what, std::string_view path,
                          const Actor& actor) {
  records_.Tell<kType>(of, actor, [&](Record& record, RecordBatch& batch) {
    record.values[FieldOf<kType>("EventType")] = what;
    record.values[FieldOf<kType>("PipeName")] = ValidCopy(path, batch);
  });
}

}  // namespace pidigree
