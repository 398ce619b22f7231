#include "tests/architecture/include_checker.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace pidigree {
namespace {

bool IsAt(std::string_view path, std::string_view place) {
  return path == place || (path.starts_with(place) && path.substr(place.size()).starts_with('/'));
}

bool IsAtAny(std::string_view path, std::span<const std::string_view> places) {
  return std::any_of(places.begin(), places.end(),
                     [&](std::string_view place) { return IsAt(path, place); });
}

// The rule of the innermost folder that holds `path`.
const FolderRule* RuleOf(std::string_view path, std::span<const FolderRule> folders) {
  const FolderRule* innermost = nullptr;
  for (const FolderRule& rule : folders) {
    if (!IsAt(path, rule.folder)) continue;
    if (innermost == nullptr || innermost->folder.size() < rule.folder.size()) innermost = &rule;
  }
  return innermost;
}

// The path between the quotes of an #include "..." line.
std::optional<std::string_view> QuotedInclude(std::string_view line) {
  const auto skip_blanks = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  const auto skip = [&](std::string_view word) {
    skip_blanks();
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  if (!skip("#") || !skip("include") || !skip("\"")) return std::nullopt;
  return line.substr(0, line.find('"'));
}

}  // namespace

SourceTree ReadSourceTree(const std::string& root, std::span<const std::string_view> folders) {
  namespace fs = std::filesystem;
  SourceTree tree;
  for (const std::string_view folder : folders) {
    const fs::path top = fs::path(root) / folder;
    if (!fs::exists(top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".hpp" && extension != ".c" && extension != ".cc") {
        continue;
      }
      std::ifstream stream(entry.path());
      tree[entry.path().lexically_relative(root)] =
          std::string(std::istreambuf_iterator<char>(stream), {});
    }
  }
  return tree;
}

size_t EndOfLiteral(std::string_view code, size_t begin) {
  const char quote = code[begin];
  if (quote == '"' && begin > 0 && code[begin - 1] == 'R') {
    const size_t open = code.find('(', begin);
    if (open == code.npos) return code.size();
    const std::string close = ")" + std::string(code.substr(begin + 1, open - begin - 1)) + "\"";
    const size_t end = code.find(close, open);
    return end == code.npos ? code.size() : end + close.size();
  }
  size_t i = begin + 1;
  while (i < code.size() && code[i] != quote) i += code[i] == '\\' ? 2 : 1;
  return std::min(i + 1, code.size());
}

std::string StripComments(std::string_view code) {
  std::string kept;
  for (size_t i = 0; i < code.size();) {
    const std::string_view rest = code.substr(i);
    // A quote behind a digit separates the digits of a number: 1'000.
    const bool separator = code[i] == '\'' && i > 0 && std::isxdigit(code[i - 1]) != 0;
    if (rest.starts_with("//")) {
      i = std::min(code.find('\n', i), code.size());
    } else if (rest.starts_with("/*")) {
      const size_t close = code.find("*/", i + 2);
      const size_t end = close == code.npos ? code.size() : close + 2;
      kept.append(static_cast<size_t>(std::count(rest.begin(), rest.begin() + (end - i), '\n')),
                  '\n');
      i = end;
    } else if ((code[i] == '"' || code[i] == '\'') && !separator) {
      const size_t end = EndOfLiteral(code, i);
      kept += code.substr(i, end - i);
      i = end;
    } else {
      kept += code[i++];
    }
  }
  return kept;
}

std::vector<std::string> CheckTree(const SourceTree& tree, std::span<const FolderRule> folders,
                                   std::span<const OwnedText> owned) {
  std::vector<std::string> violations;
  for (const auto& [path, content] : tree) {
    const FolderRule* rule = RuleOf(path, folders);
    if (rule == nullptr) {
      violations.push_back(path + ": in a folder that the table does not know");
      continue;
    }
    const std::string code = StripComments(content);
    size_t number = 0;
    for (std::string_view rest = code; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const std::string where = path + ":" + std::to_string(++number) + ": ";

      if (const auto include = QuotedInclude(line)) {
        const std::string target(*include);
        const FolderRule* other = RuleOf(target, folders);
        if (!tree.contains(target)) {
          violations.push_back(where + "includes \"" + target +
                               "\", which is no path from the root");
        } else if (other != rule && !IsAtAny(target, rule->may_include)) {
          violations.push_back(where + std::string(rule->folder) + " may not include \"" + target +
                               "\"");
        }
      }
      for (const OwnedText& text : owned) {
        if (line.find(text.text) == line.npos || IsAtAny(path, text.only_in)) continue;
        violations.push_back(where + "\"" + std::string(text.text) +
                             "\": " + std::string(text.why));
      }
    }
  }
  return violations;
}

}  // namespace pidigree
