#pragma once

#include <string_view>

#include "schema/events.h"
#include "src/event/pipe_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// Writes what happens to named pipes and sockets.
class PipeRecords {
 public:
  explicit PipeRecords(RecordWriter& records) : records_(records) {}

  void Write(const PipeFact& event, const Actor& actor);
  // Of what is at `path`, any bytes.
  void WriteCreated(MadeOf<kPipeCreated> of, std::string_view path, const Actor& actor);
  void WriteConnected(MadeOf<kPipeConnected> of, std::string_view path, const Actor& actor);

 private:
  template <const EventType& kType>
  void WriteAs(MadeOf<kType> of, std::string_view what, std::string_view path, const Actor& actor);

  RecordWriter& records_;
};

}  // namespace pidigree
