#pragma once

#include <cstdint>

#include "src/enrich/pid_order.h"
#include "src/enrich/process.h"
#include "src/event/process_fact.h"

namespace pidigree {

// Decisions for logs that tell neither forks nor exits, from the order of numbers, ids and habits.
// They are guesses, right far more often than not; the property test measures how often.

// `process` had fact.pid and the numbers have come round to it since it began: is `fact` still
// about it (an exec chain, a late exec)? `tty_hash` is that of fact.tty.
bool StillTheProcess(const PidOrder& order, const Process& process, const ProcessFact& fact,
                     uint32_t tty_hash);

// `parent` had fact.ppid when last heard of: is it still the one that `fact` names?
bool StillTheParent(const PidOrder& order, const Process& parent, const ProcessFact& fact,
                    uint32_t tty_hash);

}  // namespace pidigree
