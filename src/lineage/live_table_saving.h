#pragma once

#include <cstdint>

#include "src/lineage/live_table.h"
#include "src/lineage/saved_table.h"

namespace pidigree {

// What is worth keeping of the live processes; views their texts.
SavedTable SaveLiveProcesses(const LiveTable& table, uint32_t machine, uint32_t boot);

// Makes entries of saved processes, marked LiveEntry::saved, for a snapshot to confirm. `saved`
// must be of this boot.
void LoadSavedProcesses(const SavedTable& saved, LiveTable& table);

}  // namespace pidigree
