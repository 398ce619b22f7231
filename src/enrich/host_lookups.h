#pragma once

#include <cstdint>

namespace pidigree {

// What the configuration has the names of hosts looked up for.
enum class HostLookups : uint8_t {
  kNone,
  kOfWritten,  // events that passed the rules, which do not name the fields
  kOfAll,      // events before the rules decide
};

}  // namespace pidigree
