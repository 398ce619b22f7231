#include "src/records/tampering_records.h"

namespace pidigree {
namespace {

// What the walk to the root of a path finds instead of a directory (src/event/life_facts.h).
constexpr std::string_view kMemfdPrefix = "memfd:";

}  // namespace

void TamperingRecords::WriteExec(const ExecFact& exec, const Actor& process) {
  if (exec.image.text.starts_with(kMemfdPrefix))
    Write(ACTION_EXECUTED, "memfd", process);
  else if (exec.image.unlinked || exec.executable.links == 0)
    Write(ACTION_EXECUTED, "deleted image", process);
  if (exec.traced) Write(ACTION_EXECUTED, "traced exec", process);
}

void TamperingRecords::WriteReplacedImage(const Actor& process) {
  Write(ACTION_IMAGE_REPLACED, "image replaced", process);
}

void TamperingRecords::Write(MadeOf<kProcessTampering> of, std::string_view kind,
                             const Actor& process) {
  constexpr const EventType& type = kProcessTampering;
  records_.Tell<type>(of, process,
                      [&](Record& record, RecordBatch&) { record.values[type["Type"]] = kind; });
}

}  // namespace pidigree
