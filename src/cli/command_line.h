#pragma once

namespace pidigree {

// Reads the command line, runs the command that it names and returns the exit status (commands.h).
int RunCommandLine(int argc, const char* const* argv);

}  // namespace pidigree
