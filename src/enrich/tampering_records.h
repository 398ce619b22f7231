#pragma once

#include <string_view>

#include "schema/events.h"
#include "src/enrich/live_actor.h"
#include "src/enrich/live_records.h"
#include "src/event/kernel_fact.h"

namespace pidigree {

// Writes that processes are not what the files say that they are said to run.
class TamperingRecords {
 public:
  explicit TamperingRecords(LiveRecords& records) : records_(records) {}

  // `process` called exec.
  void WriteExec(const KernelExec& exec, const LiveActor& process);
  // `process` has /proc/PID/exe name another file than it runs.
  void WriteReplacedImage(const LiveActor& process);

 private:
  void Write(MadeOf<kProcessTampering> of, std::string_view kind, const LiveActor& process);

  LiveRecords& records_;
};

}  // namespace pidigree
