#pragma once

#include <CLI/CLI.hpp>

namespace pidigree {

// Exit statuses of every command.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;      // what, on what and why stand on standard error
inline constexpr int kExitWrongUsage = 2;  // likewise

// Each adds one command to `app`: its options, declared once, and a callback that runs it and
// stores its exit status in `exit_status`, which must outlive `app`. A callback that finds the
// options make no sense together throws CLI::ValidationError(NAME OF THE OPTION, WHAT IS WRONG):
// only that exception may leave it; it is shown through Printable() and the exit status is
// kExitWrongUsage.
void AddTranslateCommand(CLI::App& app, int& exit_status);
void AddGuidCommand(CLI::App& app, int& exit_status);
void AddRulesCommand(CLI::App& app, int& exit_status);
void AddRunCommand(CLI::App& app, int& exit_status);
void AddSchemaCommand(CLI::App& app, int& exit_status);
void AddStatusCommand(CLI::App& app, int& exit_status);
void AddTreeCommand(CLI::App& app, int& exit_status);

}  // namespace pidigree
