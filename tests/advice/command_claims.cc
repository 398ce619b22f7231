// Commands: pidigree itself, make, cmake, ctest and the scripts of the repository.

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "tests/advice/claims.h"

namespace pidigree {
namespace {

using Words = std::vector<std::string_view>;

// What may stand around a word.
constexpr std::string_view kPunctuation = "[]\"'`(),.;:";

// Options that texts name by themselves and that are of other programs.
struct ForeignOption {
  std::string_view name;
  std::string_view tool;
};
constexpr std::array kForeignOptions = {
    ForeignOption{"--backlog_wait_time", "auditctl"},
    ForeignOption{"--gtest_filter", "GoogleTest"},
    ForeignOption{"--raw", "ausearch"},
};

bool IsForeign(std::string_view option) {
  return std::any_of(kForeignOptions.begin(), kForeignOptions.end(),
                     [&](const ForeignOption& foreign) { return foreign.name == option; });
}

bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

bool IsName(std::string_view word) {
  return !word.empty() && IsLower(word.front()) &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == word.npos;
}

// FILE, $option, ...: stands for something else.
bool IsPlaceholder(std::string_view word) {
  return word.empty() || word.find_first_of("$@<>") != word.npos || word.starts_with("...") ||
         std::any_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isupper(c) != 0; });
}

bool IsAssignment(std::string_view word) {
  const size_t equals = word.find('=');
  return equals != word.npos && equals > 0 &&
         std::all_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(equals),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

// The options that the word of a usage or of a line names: "[--config" is "--config".
std::string_view OptionIn(std::string_view word) {
  word = Trim(word, kPunctuation);
  if (!word.starts_with("--") || word.size() < 3 || !IsLower(word[2])) return {};
  return word.substr(0, word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_", 2));
}

class CommandClaims {
 public:
  CommandClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims)
      : passage_(passage), project_(project), claims_(claims) {}

  // Separates the line into commands as a shell does, more or less.
  void Line() {
    std::string text = passage_.text;
    if (const size_t at = text.find("PIDIGREE_OPTIONS="); at != text.npos)
      text.replace(0, at + std::string_view("PIDIGREE_OPTIONS=").size(), "pidigree run ");
    Words command;
    for (std::string_view word : Split(text, " \t\n")) {
      if (word == "|" || word == "||" || word == "&&" || word == "&" || word == ";" ||
          word == "{" || word == "}" || word == "!") {
        Command(command);
        command.clear();
        continue;
      }
      const bool ends = word.ends_with(';');
      command.push_back(ends ? word.substr(0, word.size() - 1) : word);
      if (!ends) continue;
      Command(command);
      command.clear();
    }
    Command(command);
  }

  // An option by itself, a command of pidigree without its name, or any command.
  void Span() {
    const Words words = Split(passage_.text, " \n");
    if (words.empty()) return;
    const std::string_view option = OptionIn(words.front());
    if (!option.empty()) {
      if (!IsForeign(option)) Option(nullptr, words, 0);
      return;
    }
    const auto command = project_.program.commands.find(std::string(words.front()));
    const bool is_command =
        command != project_.program.commands.end() && words.size() > 1 &&
        (words[1].starts_with("-") || (!command->second.commands.empty() && IsName(words[1])));
    if (is_command)
      Pidigree(words);
    else
      Line();
  }

  // Options anywhere, of the command that is named before.
  void Message() {
    const Words words = Split(passage_.text, " \n\t`;");
    Words path = Split(passage_.command, " ");
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "pidigree") {
        path.clear();
        for (size_t next = i + 1; next < words.size() && IsName(words[next]); ++next) {
          path.push_back(words[next]);
          if (FindCommand(project_.program, path) != nullptr) continue;
          path.pop_back();
          break;
        }
      }
      const std::string_view option = OptionIn(words[i]);
      if (option.empty() || IsForeign(option)) continue;
      Option(path.empty() ? nullptr : FindCommand(project_.program, path), words, i);
    }
  }

 private:
  void Add(Kind kind, const std::string& what, bool exists) {
    claims_.push_back({passage_.file, passage_.line, kind, what, exists});
  }

  void Command(Words words) {
    size_t first = 0;
    while (first < words.size()) {
      std::string_view& word = words[first];
      if (IsAssignment(word) && (word.starts_with("Exec") || word.find("=\"") != word.npos))
        word = word.substr(word.find('=') + 1);
      word = Trim(word, "@({\"'");
      const bool wrapper = word == "sudo" || word == "exec" || word == "time" || word == "step" ||
                           word == "$" || word.empty() || IsAssignment(word);
      if (!wrapper) break;
      ++first;
    }
    words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(first));
    if (words.empty()) return;
    const std::string_view name = words.front().substr(words.front().rfind('/') + 1);
    words.erase(words.begin());
    if (name == "pidigree" || name == "$pidigree" || name == "$pidigree\"")
      Pidigree(words);
    else if (name == "make")
      Make(words);
    else if (name == "cmake" || name == "ctest")
      CMake(name, words);
    else if (name == "systemctl")
      Systemctl(words);
    else
      Script(name, words);
  }

  void Pidigree(const Words& words) {
    Words path;
    const CommandHelp* command = &project_.program;
    size_t i = 0;
    for (; i < words.size() && !command->commands.empty(); ++i) {
      const std::string_view word = Trim(words[i], kPunctuation);
      if (word.starts_with("-") || words[i].starts_with("[") || IsPlaceholder(word)) break;
      path.push_back(word);
      command = FindCommand(project_.program, path);
      std::string what = "pidigree";
      for (const std::string_view part : path) what.append(" ").append(part);
      Add(Kind::kCommand, what, command != nullptr);
      if (command == nullptr) return;
    }
    for (; i < words.size(); ++i)
      if (!OptionIn(words[i]).empty()) Option(command, words, i);
  }

  // The option words[i], of any command if `command` is null, and its value.
  void Option(const CommandHelp* command, const Words& words, size_t i) {
    const std::string name(OptionIn(words[i]));
    std::vector<const OptionHelp*> options;
    if (command != nullptr)
      Find(*command, name, false, options);
    else
      Find(project_.program, name, true, options);
    Add(Kind::kOption, name, !options.empty());
    // One command may take anything where another has choices.
    const bool chosen = !options.empty() &&
                        std::all_of(options.begin(), options.end(), [](const OptionHelp* option) {
                          return !option->choices.empty();
                        });
    if (!chosen) return;
    const std::string_view word = Trim(words[i], kPunctuation);
    std::string_view value;
    if (word.substr(name.size()).starts_with('='))
      value = word.substr(name.size() + 1);
    else if (word.size() == name.size() && i + 1 < words.size() && !words[i].ends_with(']'))
      value = words[i + 1];
    for (const std::string_view choice : Split(Trim(value, kPunctuation), "|")) {
      if (IsPlaceholder(choice) || choice.starts_with("-")) continue;
      const bool exists =
          std::any_of(options.begin(), options.end(), [&](const OptionHelp* option) {
            return std::find(option->choices.begin(), option->choices.end(), choice) !=
                   option->choices.end();
          });
      Add(Kind::kOption, name + " " + std::string(choice), exists);
    }
  }

  static void Find(const CommandHelp& command, const std::string& name, bool below,
                   std::vector<const OptionHelp*>& found) {
    const auto option = command.options.find(name);
    if (option != command.options.end()) found.push_back(&option->second);
    if (!below) return;
    for (const auto& [_, next] : command.commands) Find(next, name, below, found);
  }

  // Only the first target: texts go on behind it.
  void Make(const Words& words) {
    for (const std::string_view raw : words) {
      const std::string word(Trim(raw, kPunctuation));
      if (word.starts_with("-") || IsAssignment(word)) continue;
      if (!IsPlaceholder(word))
        Add(Kind::kMakeTarget, "make " + word, project_.make_targets.contains(word));
      return;
    }
  }

  void CMake(std::string_view name, const Words& words) {
    const bool build = std::find(words.begin(), words.end(), "--build") != words.end();
    const std::set<std::string>& presets = name == "ctest" ? project_.test_presets
                                           : build         ? project_.build_presets
                                                           : project_.configure_presets;
    std::string_view option;
    for (const std::string_view raw : words) {
      if (raw.starts_with("-") || raw.starts_with(">")) {
        option = raw;
        continue;
      }
      const std::string word(Trim(raw, kPunctuation));
      if (IsPlaceholder(word)) continue;
      if (option == "--preset") {
        const std::string what = std::string(name) + (build ? " --build" : "") + " --preset ";
        Add(Kind::kPreset, what + word, presets.contains(word));
        option = {};
      } else if (option == "--target") {
        Add(Kind::kTarget, "--target " + word, project_.cmake_targets.contains(word));
      }
    }
  }

  void Systemctl(const Words& words) {
    for (const std::string_view raw : words) {
      const std::string_view word = Trim(raw, kPunctuation);
      if (!word.starts_with("pidigree")) continue;
      const std::string unit(word.ends_with(".service") ? word.substr(0, word.rfind('.')) : word);
      Add(Kind::kInstalled, "systemctl " + std::string(word),
          HasPath(project_, "packaging/systemd/" + unit + ".service.in"));
    }
  }

  // Long options of a script of ours stand in its text.
  void Script(std::string_view name, const Words& words) {
    const auto script =
        std::find_if(project_.files.begin(), project_.files.end(), [&](const auto& file) {
          return file.first.ends_with(".sh") && file.first.ends_with("/" + std::string(name));
        });
    if (script == project_.files.end()) return;
    for (const std::string_view word : words) {
      const std::string_view option = OptionIn(word);
      if (!option.empty())
        Add(Kind::kOption, std::string(option), script->second.find(option) != std::string::npos);
    }
  }

  const Passage& passage_;
  const Project& project_;
  std::vector<Claim>& claims_;
};

}  // namespace

void AddCommandClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims) {
  CommandClaims reader(passage, project, claims);
  switch (passage.form) {
    case Form::kProse:
      break;
    case Form::kMessage:
      reader.Message();
      break;
    case Form::kSpan:
      reader.Span();
      break;
    case Form::kCommand:
      reader.Line();
      break;
  }
}

}  // namespace pidigree
