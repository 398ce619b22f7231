#pragma once

#include "src/enrich/live_actor.h"
#include "src/enrich/live_records.h"
#include "src/event/kernel_pipe_fact.h"

namespace pidigree {

// Writes what happens to named pipes and sockets.
class PipeRecords {
 public:
  explicit PipeRecords(LiveRecords& records) : records_(records) {}

  void Write(const KernelPipeEvent& event, const LiveActor& actor);

 private:
  template <const EventType& kType>
  void WriteAs(std::string_view event_type, const KernelPipeEvent& event, const LiveActor& actor);

  LiveRecords& records_;
};

}  // namespace pidigree
