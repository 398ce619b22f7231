#pragma once

#include <string_view>

#include "schema/events.h"
#include "src/event/life_facts.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// Writes that processes are not what the files say that they are said to run.
class TamperingRecords {
 public:
  explicit TamperingRecords(RecordWriter& records) : records_(records) {}

  // Whether WriteExec() would tell something.
  static bool Concerns(const ExecFact& exec);
  // `process` called exec.
  void WriteExec(const ExecFact& exec, const Actor& process);
  // `process` has /proc/PID/exe name another file than it runs.
  void WriteReplacedImage(const Actor& process);

 private:
  void Write(MadeOf<kProcessTampering> of, std::string_view kind, const Actor& process);

  RecordWriter& records_;
};

}  // namespace pidigree
