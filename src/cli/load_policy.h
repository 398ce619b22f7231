#pragma once

#include <memory>
#include <string>

#include "src/base/result.h"
#include "src/pipeline/agent_policy.h"

namespace pidigree {

// What the configuration `path` asks of an agent; empty: Sysmon's defaults. Errors and warnings go
// to standard error as LoadRules() has it.
//
// Errors: what is wrong, told already, or the first of it, in one line that is safe to print.
Result<std::shared_ptr<const AgentPolicy>> LoadPolicy(const std::string& path);

}  // namespace pidigree
