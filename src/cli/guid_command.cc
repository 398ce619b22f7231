#include <memory>
#include <string>

#include "src/cli/commands.h"
#include "src/cli/messages.h"
#include "src/event/guid.h"

namespace pidigree {
namespace {

int RunGuid(const std::string& subject) {
  const auto guid = ParseGuid(subject);
  if (!guid) throw CLI::ValidationError("PID|{GUID}", "'" + subject + "' is no {GUID}");
  return PrintOut("pid " + std::to_string(guid->pid()) + "\n") ? kExitDone : kExitFailed;
}

}  // namespace

void AddGuidCommand(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("guid", "Take a process GUID apart");
  const auto subject = std::make_shared<std::string>();
  command->add_option("PID|{GUID}", *subject, "A process GUID in braces")->required();
  command->callback([subject, &exit_status] { exit_status = RunGuid(*subject); });
}

}  // namespace pidigree
