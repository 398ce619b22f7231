#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "bpf/wire.h"
#include "src/event/fact_consumer.h"
#include "src/source/bpf/code_decoder.h"
#include "src/source/bpf/file_decoder.h"
#include "src/source/bpf/network_decoder.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {

// Turns records of bpf/wire.h into facts. Knows neither libbpf nor the kernel, and takes no length
// on trust.
class WireDecoder {
 public:
  // Gives what `record` says to `consumer`. False: it does not follow bpf/wire.h, and nothing was
  // given. Arguments and comm are views into `record`, paths live until the next call.
  //
  // Records come in the order in which they took their places in the ring, which is causal. The
  // times of two CPUs may be a little out of that order; here they are brought forward to it, so
  // that they never go back.
  bool Decode(std::span<const std::byte> record, FactConsumer& consumer);

  uint64_t arguments_cut() const { return arguments_cut_; }
  uint64_t paths_cut() const {
    return paths_cut_ + files_.paths_cut() + network_.paths_cut() + code_.paths_cut();
  }

 private:
  bool DecodeFork(std::span<const std::byte> record, FactConsumer& consumer);
  bool DecodeExec(std::span<const std::byte> record, FactConsumer& consumer);
  bool DecodeExit(std::span<const std::byte> record, FactConsumer& consumer);
  bool DecodeTask(std::span<const std::byte> record, FactConsumer& consumer);

  RecordTimes times_;
  FileDecoder files_;
  NetworkDecoder network_;
  CodeDecoder code_;
  uint64_t arguments_cut_ = 0;
  uint64_t paths_cut_ = 0;
  std::string image_;
  std::string cwd_;
};

}  // namespace pidigree
