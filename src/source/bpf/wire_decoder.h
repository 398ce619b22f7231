#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bpf/wire.h"
#include "src/event/fact_consumer.h"
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

  uint64_t arguments_cut() const { return state_.arguments_cut; }
  uint64_t paths_cut() const { return state_.paths_cut; }

 private:
  DecoderState state_;
};

}  // namespace pidigree
