#include <string>

#include "src/cli/agent_paths.h"
#include "src/cli/commands.h"
#include "src/cli/messages.h"
#include "src/cli/status_socket.h"
#include "src/pipeline/agent_status.h"

namespace pidigree {
namespace {

Result<int> RunStatus(const Arguments& arguments) {
  const Result<std::string> status = AskForStatus(arguments.Get("--socket"));
  if (!status) return Fail(status.error());
  if (!PrintOut(*status)) return kExitFailed;
  if (!TellsOfFailure(*status)) return kExitDone;
  Complain("the agent runs, but something fails: its lines reload and output say what");
  return kExitFailed;
}

}  // namespace

Command StatusCommand() {
  return {
      .name = "status",
      .description = "Ask the running agent how it is doing",
      .options = {{.name = "--socket",
                   .type = "PATH",
                   .help = "Socket of the agent",
                   .default_value = kDefaultSocket}},
      .run = RunStatus,
  };
}

}  // namespace pidigree
