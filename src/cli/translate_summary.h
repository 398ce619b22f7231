#pragma once

#include <chrono>
#include <string>

#include "src/event/counters.h"
#include "src/pipeline/translate_pipeline.h"
#include "src/source/audit/audit_log_source.h"
#include "src/source/audit/log_input.h"

namespace pidigree {

// Who counted what `translate` did, after it.
struct Translation {
  const LogInput& input;
  const AuditLogSource& source;
  const Counters& counters;
  const TranslatePipeline& pipeline;
  std::chrono::duration<double> time;
};

// What it did, for people: several lines, each with its newline. Figures that are 0 and ask for no
// attention are left out.
std::string TranslateSummary(const Translation& translation);

}  // namespace pidigree
