#pragma once

#include "src/config/config.h"
#include "src/config/message_list.h"

namespace pidigree {

// Adds what is allowed and yet most likely not what its author wanted: filters that can never match
// on Linux or match always, Windows paths, lists where none are split, excludes that any user can
// bring about, and the like. `config` has no errors.
void AddConfigWarnings(const Config& config, MessageList& warnings);

}  // namespace pidigree
