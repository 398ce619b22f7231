#include "tests/advice/help_reader.h"

#include <algorithm>
#include <cctype>

namespace pidigree {
namespace {

std::vector<std::string> Strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

bool HasUpperCase(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isupper(c) != 0; });
}

// Of what stands behind the names of an option: "TEXT:{xml,json}=xml".
std::vector<std::string> ChoicesOf(std::string_view value) {
  const size_t open = value.find('{');
  const size_t close = value.find('}');
  if (open != value.npos && close != value.npos && open < close)
    return Strings(Split(value.substr(open + 1, close - open - 1), ","));
  value = Trim(value);
  if (value.find('|') == value.npos || HasUpperCase(value)) return {};
  return Strings(Split(value.substr(0, value.find_first_of("= ")), "|"));
}

void AddOption(std::string_view line, CommandHelp& help) {
  const std::string_view columns = line.substr(0, line.find("  "));
  const std::string_view names = columns.substr(0, columns.find(' '));
  const OptionHelp option{ChoicesOf(columns.substr(names.size()))};
  for (const std::string_view name : Split(names, ",")) help.options[std::string(name)] = option;
}

void ReadCommands(std::vector<std::string>& path, CommandHelp& help,
                  const std::function<std::string(const std::vector<std::string>&)>& help_of) {
  for (auto& [name, command] : help.commands) {
    path.push_back(name);
    command = ParseHelp(help_of(path));
    ReadCommands(path, command, help_of);
    path.pop_back();
  }
}

// What is indented deeper than options are goes on with the line before.
void AddPassages(const CommandHelp& help, const std::string& command,
                 std::vector<Passage>& passages) {
  const std::string file = "pidigree" + (command.empty() ? "" : " " + command) + " --help";
  std::string text;
  size_t first = 1;
  size_t number = 0;
  const auto end = [&] {
    if (!text.empty()) AddWithSpans({file, first, Form::kMessage, text, command}, passages);
    text.clear();
  };
  for (std::string_view rest = help.text; !rest.empty();) {
    const std::string_view line = NextLine(rest);
    ++number;
    if (!line.starts_with("    ")) end();
    if (text.empty()) first = number;
    text.append(text.empty() ? "" : " ").append(Trim(line));
  }
  end();
  for (const auto& [name, next] : help.commands)
    AddPassages(next, command + (command.empty() ? "" : " ") + name, passages);
}

}  // namespace

CommandHelp ParseHelp(std::string_view text) {
  CommandHelp help;
  help.text = text;
  bool commands = false;
  while (!text.empty()) {
    const std::string_view line = NextLine(text);
    const std::string_view trimmed = Trim(line);
    if (!line.starts_with(' ')) {
      commands = trimmed == "Subcommands:" || trimmed == "Commands:";
    } else if (commands && line.find_first_not_of(' ') == 2) {
      help.commands[std::string(trimmed.substr(0, trimmed.find(' ')))] = {};
    } else if (trimmed.starts_with('-')) {
      AddOption(trimmed, help);
    }
  }
  return help;
}

CommandHelp ReadHelp(const std::function<std::string(const std::vector<std::string>&)>& help_of) {
  CommandHelp help = ParseHelp(help_of({}));
  std::vector<std::string> path;
  ReadCommands(path, help, help_of);
  return help;
}

std::vector<Passage> HelpPassages(const CommandHelp& program) {
  std::vector<Passage> passages;
  AddPassages(program, "", passages);
  return passages;
}

const CommandHelp* FindCommand(const CommandHelp& program,
                               const std::vector<std::string_view>& words) {
  const CommandHelp* command = &program;
  for (const std::string_view word : words) {
    const auto found = command->commands.find(std::string(word));
    if (found == command->commands.end()) return nullptr;
    command = &found->second;
  }
  return command;
}

}  // namespace pidigree
