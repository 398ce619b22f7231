#pragma once

#include <chrono>
#include <string>

#include "src/event/counters.h"
#include "src/pipeline/translate_pipeline.h"
#include "src/source/audit/log_input.h"

namespace pidigree {

// What `translate` did, for people: several lines, each with its newline. Figures that are 0 and
// ask for no attention are left out. To be called after the pipeline has run.
std::string TranslateSummary(const LogInput& input, const Counters& counters,
                             const TranslatePipeline& pipeline, std::chrono::duration<double> time);

}  // namespace pidigree
