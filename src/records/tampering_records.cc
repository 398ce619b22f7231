#include "src/records/tampering_records.h"

namespace pidigree {
namespace {

// What the walk to the root of a path finds instead of a directory (src/event/kernel_file.h).
constexpr std::string_view kMemfdPrefix = "memfd:";

bool IsMemfd(const ExecFact& exec) { return exec.image.text.starts_with(kMemfdPrefix); }

// A log tells no executable.
bool IsDeleted(const ExecFact& exec) {
  return exec.image.unlinked || (exec.executable.links == 0 && exec.subject.logged == nullptr);
}

}  // namespace

bool TamperingRecords::Concerns(const ExecFact& exec) {
  return IsMemfd(exec) || IsDeleted(exec) || exec.traced;
}

void TamperingRecords::WriteExec(const ExecFact& exec, const Actor& process) {
  if (IsMemfd(exec))
    Write(ACTION_EXECUTED, "memfd", process);
  else if (IsDeleted(exec))
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
