#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/pipeline/loss_report.h"

namespace pidigree {

// Losses that a destination could not be told of before the agent stopped. The next run tells them.
//
// A file of lines "CAUSE COUNT FIRST LAST", times in nanoseconds since 1970, and behind them the
// name of the destination, if only one lost them.

// Writes `losses` to the file `path`; none: there is no file then.
//
// Errors: those of ReplaceFile().
Result<> StoreUntoldLosses(const std::string& path, const std::vector<LossReport>& losses);

// What the file holds; nothing if there is none.
//
// Errors: those of ReadFile(); kCorrupt if it holds anything else.
Result<std::vector<LossReport>> LoadUntoldLosses(const std::string& path);

}  // namespace pidigree
