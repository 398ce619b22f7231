#pragma once

#include <cstdint>
#include <span>

#include "src/event/fact_consumer.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// The fact that `call`, of kind kFork, is.
ForkFact ForkOf(const ParsedCall& call);

// Gives `consumer` the fact that `call` is; of kKill, one for each of `targets`.
void TellCall(const ParsedCall& call, std::span<const uint32_t> targets, FactConsumer& consumer);

}  // namespace pidigree
