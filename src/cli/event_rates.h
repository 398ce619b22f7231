#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/records/rate_bound.h"

namespace pidigree {

// What --max-rate says, each time it was given: "N" for all events that can be bounded, or "ID:N"
// for one of them; what comes later counts. Starts and ends of processes cannot, since the lineage
// would break, nor can what the agent says about itself.
//
// Errors: kUsage, with what is wrong.
Result<EventRates> ParseEventRates(const std::vector<std::string>& given);

}  // namespace pidigree
