#pragma once

#include <cstdint>

#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"

namespace pidigree {

// A host of any kind whose log, written as AnyStyle() says, holds everything that the rules of
// exact lineage ask for.
HistoryOptions AnyHost(uint64_t seed);
LogStyle AnyStyle(uint64_t seed);

// A host busier than any real one: its numbers come round in 8 seconds (4,000 forks a second with
// 32768 numbers), several times, while daemons and shells live on and hold up to a fourth of them.
HistoryOptions BusyHost(uint64_t seed);

}  // namespace pidigree
