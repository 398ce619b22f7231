#pragma once

#include <cstdint>

#include "src/event/logged_call.h"
#include "src/lineage/pid_order.h"
#include "src/lineage/process.h"

namespace pidigree {

// Decisions for logs that tell neither forks nor exits. The kernel may have given a number to
// somebody else since its known owner was last seen: these weigh how likely each account makes the
// record at hand. They are guesses; tests/lineage measures how often they are right.

// What the program that a record names says of who made it.
enum class ProgramSays : uint8_t {
  kNothing,  // it is not known, or was only just called
  kTheSame,  // its owner runs it
  kAnother,  // though no exec of its owner is in the log
};

// Whether `logged`, whose pid= is the number of `process`, is still about it (an exec chain, a late
// exec). `parent`: the process that ppid= means, null if not known.
bool StillTheProcess(const PidOrder& order, const Process& process, const LoggedCall& logged,
                     const Process* parent, ProgramSays program);

// Whether `parent`, whose number is the ppid= of `logged`, is still its owner. `child_at`: the
// position at which the process of `logged` got its number.
bool StillTheParent(const PidOrder& order, const Process& parent, const LoggedCall& logged,
                    uint64_t child_at);

}  // namespace pidigree
