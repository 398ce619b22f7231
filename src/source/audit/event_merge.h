#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// Adds a later fragment of the same event (with all that was added to that) to `event`.
void MergeFragment(EventFragment& event, EventFragment& later);

// Puts the command line together from the EXECVE records of all fragments, into
// call.command_line, and sets call.complete. `room` keeps a text that had to be changed at its end:
// one with missing arguments, or one longer than `max_bytes`, ends in "...". True: it was too long.
bool FinishCommandLine(EventFragment& event, size_t max_bytes, std::string& room);

// Clears call.exe_is_unlinked if a PATH record shows that " (deleted)" is part of the name.
void FinishExe(EventFragment& event);

// The targets of a signal, without repetitions: those of the OBJ_PID records, at most kMaxTargets.
constexpr size_t kMaxTargets = 64;
void CollectTargets(const EventFragment& event, std::vector<uint32_t>& targets);

}  // namespace pidigree
