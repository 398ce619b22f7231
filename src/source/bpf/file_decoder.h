#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "src/event/fact_consumer.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {

// Decodes `wire_file_event`; as WireDecoder, of which it is a part.
class FileDecoder {
 public:
  bool Decode(std::span<const std::byte> record, RecordTimes& times, FactConsumer& consumer);

  uint64_t paths_cut() const { return paths_cut_; }

 private:
  uint64_t paths_cut_ = 0;
  std::string path_;
};

}  // namespace pidigree
