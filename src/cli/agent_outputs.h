#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/cli/destination_spec.h"
#include "src/cli/state_directory.h"
#include "src/pipeline/destination.h"
#include "src/sink/line_sink.h"

namespace pidigree {

// A destination of --output whose place is open.
struct OpenOutput {
  DestinationSpec spec;
  std::unique_ptr<LineSink> sink;
};

// Opens the places that `destinations`, each a DEST, name; none of them is the file `configuration`
// (empty: there is none), and no two are the same. Joins the groups that new files are to have.
// Tells on standard error what a person should know of them: that no log daemon is there yet, or
// that journald will drop events.
//
// Errors: kUsage if a destination is none, or is refused; as open(2) says.
Result<std::vector<OpenOutput>> OpenOutputs(const std::vector<std::string>& destinations,
                                            const std::string& configuration);

// What the agent makes of them: those without a format of their own have `format`, and each goes on
// with the numbers that `state` has.
//
// Errors: as RecordIds::Open().
Result<std::vector<DestinationSetup>> SetUpOutputs(std::vector<OpenOutput> outputs,
                                                   const std::string& format,
                                                   const StateDirectory& state);

}  // namespace pidigree
