#include "src/cli/command_line.h"

#include <exception>
#include <string>
#include <vector>

#include "src/cli/commands.h"
#include "src/cli/messages.h"

namespace pidigree {
namespace {

constexpr char kDescription[] =
    "Turns what the Linux kernel reports into Sysmon events with unbroken process lineage.";

// "pidigree COMMAND" as far as the command line got.
std::string CommandName(const CLI::App& app) {
  std::string name = "pidigree";
  for (const CLI::App* command = &app; !command->get_subcommands().empty();) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  return name;
}

// Help and version go to standard output; anything else is wrong usage.
int EndOfParsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
    return app.exit(error) == 0 ? kExitDone : kExitFailed;
  std::string what = Printable(error.what());
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  if (command->get_require_subcommand_min() > 0) {
    const std::vector<std::string> words = command->remaining();
    what = words.empty() ? "no command" : "no such command or option: " + Printable(words.front());
  }
  Complain(what + "\nSee: " + CommandName(app) + " --help");
  return kExitWrongUsage;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
  int exit_status = kExitDone;
  try {
    CLI::App app(kDescription, "pidigree");
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.require_subcommand(1);
    app.set_version_flag("--version", "pidigree " PIDIGREE_VERSION);
    AddRunCommand(app, exit_status);
    AddStatusCommand(app, exit_status);
    AddTranslateCommand(app, exit_status);
    AddRulesCommand(app, exit_status);
    AddGuidCommand(app, exit_status);
    AddSchemaCommand(app, exit_status);
    AddTreeCommand(app, exit_status);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return EndOfParsing(app, error);
    }
  } catch (const std::exception& error) {  // out of memory, or a wrong declaration of an option
    Complain(error.what());
    return kExitFailed;
  }
  return exit_status;
}

}  // namespace pidigree
