#include "tests/advice/shell_reader.h"

#include <algorithm>

namespace pidigree {

void AddCommandLine(const std::string& file, size_t number, std::string_view line,
                    std::vector<Passage>& passages) {
  line = Trim(line);
  const size_t end = std::min(line.find("   "), line.size());
  passages.push_back({file, number, Form::kCommand, std::string(line.substr(0, end))});
  if (end < line.size())
    passages.push_back({file, number, Form::kProse, std::string(Trim(line.substr(end)))});
}

std::vector<Passage> ReadShell(const std::string& file, std::string_view text) {
  std::vector<Passage> passages;
  std::string comment;
  std::string command;
  size_t number = 0;
  size_t first = 0;  // line of what is being read
  const auto end_comment = [&] {
    if (!comment.empty()) AddWithSpans({file, first, Form::kProse, comment}, passages);
    comment.clear();
  };
  while (!text.empty()) {
    const std::string_view line = NextLine(text);
    ++number;
    std::string_view trimmed = Trim(line);
    if (command.empty() && trimmed.starts_with('#')) {
      if (comment.empty())
        first = number;
      else
        comment += '\n';
      comment += trimmed;
      continue;
    }
    end_comment();
    if (command.empty()) first = number;
    const bool goes_on = trimmed.ends_with('\\');
    if (goes_on) trimmed.remove_suffix(1);
    command.append(command.empty() ? "" : " ").append(trimmed);
    if (goes_on) continue;
    if (!command.empty()) passages.push_back({file, first, Form::kCommand, command});
    for (const char* echo : {"echo '", "echo \""}) {
      const size_t at = command.find(echo);
      if (at == command.npos) continue;
      const std::string_view said = std::string_view(command).substr(at + 6);
      AddCommandLine(file, first, said.substr(0, said.find(echo[5])), passages);
    }
    command.clear();
  }
  end_comment();
  return passages;
}

}  // namespace pidigree
