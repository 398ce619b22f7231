#include <memory>
#include <string>

#include "src/cli/agent_paths.h"
#include "src/cli/commands.h"
#include "src/cli/messages.h"
#include "src/cli/status_socket.h"

namespace pidigree {
namespace {

int RunStatus(const std::string& socket) {
  const Result<std::string> status = AskForStatus(socket);
  if (!status) {
    Complain(Printable(status.error().message));
    return kExitFailed;
  }
  return PrintOut(*status) ? kExitDone : kExitFailed;
}

}  // namespace

void AddStatusCommand(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("status", "Ask the running agent how it is doing");
  const auto socket = std::make_shared<std::string>(kDefaultSocket);
  command->add_option("--socket", *socket, "Socket of the agent")
      ->type_name("PATH")
      ->capture_default_str();
  command->callback([socket, &exit_status] { exit_status = RunStatus(*socket); });
}

}  // namespace pidigree
