#include "src/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "src/cli/commands.h"
#include "src/cli/messages.h"

namespace pidigree {
namespace {

Command Program() {
  return {
      .name = "pidigree",
      .description =
          "Turns what the Linux kernel reports into Sysmon events with unbroken process lineage.",
      .subcommands = {RunCommand(), StatusCommand(), TranslateCommand(), RulesCommand(),
                      GuidCommand(), SchemaCommand(), TreeCommand()},
  };
}

// Lets `app` take `option`; parsing stores what it is given in `given`, which must outlive `app`.
void Declare(const Option& option, CLI::App& app, Arguments& given) {
  const auto keep = [&given, name = option.name](const std::vector<std::string>& values) {
    given.values[name] = values;
  };
  if (option.flag) {
    app.add_flag_callback(
        option.name, [keep] { keep({"true"}); }, option.help);
    return;
  }
  CLI::Option* declared = nullptr;
  if (option.repeatable) {
    declared = app.add_option_function<std::vector<std::string>>(option.name, keep, option.help);
    if (!declared->get_positional()) declared->allow_extra_args(false);
  } else {
    declared = app.add_option_function<std::string>(
        option.name, [keep](const std::string& value) { keep({value}); }, option.help);
  }
  if (option.last_counts) declared->take_last();
  if (!option.type.empty()) declared->type_name(option.type);
  if (!option.default_value.empty())
    declared->default_str(option.repeatable ? "[" + option.default_value + "]"
                                            : option.default_value);
  // Likely a variable that is not set.
  declared->check(
      CLI::Validator([](const std::string& value) { return value.empty() ? "no value" : ""; }, ""));
  if (!option.choices.empty()) {
    CLI::IsMember choices(option.choices);
    if (!option.type.empty()) choices.description("");
    declared->check(choices);
  }
  if (option.check != nullptr)
    declared->check(CLI::Validator(
        [check = option.check](const std::string& value) {
          const Result<> checked = check(value);
          return checked ? "" : checked.error().message;
        },
        ""));
  declared->required(option.required);
}

// Lets `app` take what `command` declares. Parsing runs the command that the line names and stores
// what comes back in `outcome`. All must outlive `app`.
void Declare(const Command& command, CLI::App& app, Arguments& given, Result<int>& outcome) {
  app.footer(command.footer);
  for (const Option& option : command.options) Declare(option, app, given);
  if (!command.subcommands.empty()) app.require_subcommand(1);
  for (const Command& subcommand : command.subcommands)
    Declare(subcommand, *app.add_subcommand(subcommand.name, subcommand.description), given,
            outcome);
  if (command.run == nullptr) return;
  app.callback([&command, &given, &outcome] {
    for (const Option& option : command.options) {
      std::vector<std::string>& values = given.values[option.name];
      if (values.empty() && !option.default_value.empty()) values = {option.default_value};
    }
    outcome = command.run(given);
  });
}

// The command that the line names, as far as it got.
const CLI::App& NamedCommand(const CLI::App& app) {
  const auto subcommands = app.get_subcommands();
  return subcommands.empty() ? app : NamedCommand(*subcommands.front());
}

int RefuseUsage(const CLI::App& app, const std::string& what) {
  std::string name;
  for (const CLI::App* part = &NamedCommand(app); part != nullptr; part = part->get_parent())
    name.insert(0, part->get_name() + " ");
  Complain(what + "\nSee: " + name + "--help");
  return kExitWrongUsage;
}

// Help and version go to standard output; anything else is wrong usage.
int EndOfParsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    std::ostringstream text;
    app.exit(error, text, text);
    return PrintOut(text.str()) ? kExitDone : kExitFailed;
  }
  const CLI::App& command = NamedCommand(app);
  if (command.get_require_subcommand_min() == 0) return RefuseUsage(app, Printable(error.what()));
  const std::vector<std::string> words = command.remaining();
  return RefuseUsage(
      app, words.empty() ? "no command" : "no such command or option: " + Printable(words.front()));
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
  try {
    const Command program = Program();
    Arguments given;
    Result<int> outcome = kExitDone;
    CLI::App app(program.description, program.name);
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.set_version_flag("--version", "pidigree " PIDIGREE_VERSION);
    Declare(program, app, given, outcome);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return EndOfParsing(app, error);
    }
    if (outcome) return *outcome;
    const std::string what = Printable(outcome.error().message);
    if (outcome.error().code == ErrorCode::kUsage) return RefuseUsage(app, what);
    Complain(what);
    return kExitFailed;
  } catch (const std::exception& error) {  // out of memory, or a wrong declaration of an option
    Complain(error.what());
    return kExitFailed;
  }
}

}  // namespace pidigree
