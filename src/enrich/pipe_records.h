#pragma once

#include <string_view>

#include "schema/events.h"
#include "src/enrich/live_actor.h"
#include "src/enrich/live_records.h"
#include "src/event/kernel_pipe_fact.h"

namespace pidigree {

// Writes what happens to named pipes and sockets.
class PipeRecords {
 public:
  explicit PipeRecords(LiveRecords& records) : records_(records) {}

  void Write(const KernelPipeEvent& event, const LiveActor& actor);
  // Of what is at `path`, any bytes.
  void WriteCreated(MadeOf<kPipeCreated> of, std::string_view path, const LiveActor& actor);
  void WriteConnected(MadeOf<kPipeConnected> of, std::string_view path, const LiveActor& actor);

 private:
  template <const EventType& kType>
  void WriteAs(MadeOf<kType> of, std::string_view what, std::string_view path,
               const LiveActor& actor);

  LiveRecords& records_;
};

}  // namespace pidigree
