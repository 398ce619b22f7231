#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "src/event/fact_consumer.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {

// Decodes what is told of code that processes and the kernel take in: `wire_image`, `wire_module`
// and `wire_bpf_program`. As WireDecoder, of which it is a part.
class CodeDecoder {
 public:
  bool DecodeImage(std::span<const std::byte> record, RecordTimes& times, FactConsumer& consumer);
  bool DecodeModule(std::span<const std::byte> record, RecordTimes& times, FactConsumer& consumer);
  static bool DecodeBpfProgram(std::span<const std::byte> record, RecordTimes& times,
                               FactConsumer& consumer);

  uint64_t paths_cut() const { return paths_cut_; }

 private:
  uint64_t paths_cut_ = 0;
  std::string path_;
};

}  // namespace pidigree
