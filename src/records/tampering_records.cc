#include "src/records/record_makers.h"

namespace pidigree {
namespace {

// What the walk to the root of a path finds instead of a directory (src/event/kernel_file.h).
constexpr std::string_view kMemfdPrefix = "memfd:";

bool IsMemfd(const ExecFact& exec) { return exec.image.text.starts_with(kMemfdPrefix); }

// A log tells no executable.
bool IsDeleted(const ExecFact& exec) {
  return exec.image.unlinked || (exec.executable.links == 0 && exec.subject.logged == nullptr);
}

void Write(MadeOf<kProcessTampering> of, std::string_view kind, const Actor& actor,
           RecordWriter& records) {
  constexpr const EventType& type = kProcessTampering;
  records.Tell<type>(of, actor,
                     [&](Record& record, RecordBatch&) { record.values[type["Type"]] = kind; });
}

}  // namespace

bool IsTampering(const ExecFact& exec) { return IsMemfd(exec) || IsDeleted(exec) || exec.traced; }

void WriteTampering(const ExecFact& exec, const Actor& actor, RecordWriter& records) {
  if (IsMemfd(exec))
    Write(ACTION_EXECUTED, "memfd", actor, records);
  else if (IsDeleted(exec))
    Write(ACTION_EXECUTED, "deleted image", actor, records);
  if (exec.traced) Write(ACTION_EXECUTED, "traced exec", actor, records);
}

void WriteReplacedImage(const Actor& actor, RecordWriter& records) {
  Write(ACTION_IMAGE_REPLACED, "image replaced", actor, records);
}

}  // namespace pidigree
