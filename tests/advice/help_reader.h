#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/passage.h"

namespace pidigree {

struct OptionHelp {
  std::vector<std::string> choices = {};  // empty: anything, or no value at all
};

// What `--help` says of a command.
struct CommandHelp {
  std::string text = {};
  std::map<std::string, OptionHelp> options = {};  // "--output", "-h"
  std::map<std::string, CommandHelp> commands = {};
};

// Options are the indented lines that begin with '-', and commands those under "Subcommands:",
// whose own help is not read. Choices are written {a,b} or a|b.
CommandHelp ParseHelp(std::string_view text);

// The whole program: `help_of({"rules", "check"})` is what `rules check --help` prints.
CommandHelp ReadHelp(const std::function<std::string(const std::vector<std::string>&)>& help_of);

// What the help of every command says, as kMessage, each option with its text.
std::vector<Passage> HelpPassages(const CommandHelp& program);

// The command that `words` lead to, such as {"rules", "check"}; null if there is none.
const CommandHelp* FindCommand(const CommandHelp& program,
                               const std::vector<std::string_view>& words);

}  // namespace pidigree
