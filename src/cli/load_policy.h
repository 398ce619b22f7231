#pragma once

#include <memory>
#include <string>

#include "src/pipeline/agent_policy.h"

namespace pidigree {

enum class LineFormat { kXml, kJson };

// What the configuration `path` asks of an agent; empty: Sysmon's defaults. Errors and warnings go
// to standard error as LoadRules() has it; null if there is any error.
std::shared_ptr<const AgentPolicy> LoadPolicy(const std::string& path, LineFormat format);

}  // namespace pidigree
