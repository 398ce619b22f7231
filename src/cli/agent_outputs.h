#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/sink/line_sink.h"

namespace pidigree {

// The sinks that `--output` names: "syslog", "syslog:///PATH", "-" or the path of a file. Tells on
// standard error what a person should know of them: that no log daemon is there yet, or that
// journald will drop events.
//
// Errors: kUsage if a destination is none; as open(2) says.
Result<std::vector<std::unique_ptr<LineSink>>> OpenOutputs(
    const std::vector<std::string>& destinations);

}  // namespace pidigree
