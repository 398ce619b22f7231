#pragma once

#include <cstdint>

#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"

namespace pidigree {

// A host of any kind whose log, written as AnyStyle() says, holds everything that the rules of
// exact lineage ask for.
HistoryOptions AnyHost(uint64_t seed);
LogStyle AnyStyle(uint64_t seed);

// A host with containers whose numbers come round several times, where also what no record tells
// happens: numbers of the silently dead and of clone3's threads come again.
HistoryOptions HostOfManyLaps(uint64_t seed);

// A host busier than any real one: its numbers come round in 8 seconds (4,000 forks a second with
// 32768 numbers), two to three times, while daemons and shells live on and hold up to a fourth of
// them.
HistoryOptions BusyHost(uint64_t seed, uint32_t pid_max);

}  // namespace pidigree
