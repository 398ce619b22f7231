#pragma once

#include <cstddef>
#include <span>

#include "src/event/fact_consumer.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {

// Decodes `wire_access`; as WireDecoder, of which it is a part.
bool DecodeAccess(std::span<const std::byte> record, RecordTimes& times, FactConsumer& consumer);

}  // namespace pidigree
