#include "tests/advice/project.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>

#include "tests/advice/passage.h"

namespace pidigree {
namespace {

namespace fs = std::filesystem;

bool IsText(const fs::path& path) {
  constexpr std::array kExtensions = {".c",  ".cc",   ".cmake", ".h",  ".in",
                                      ".md", ".json", ".rules", ".sh", ".xml"};
  const std::string name = path.filename();
  if (name == "Makefile" || name == "CMakeLists.txt" || name == "packages.txt" || name == "run")
    return true;
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension()) != kExtensions.end();
}

std::set<std::string> MakeTargets(std::string_view makefile) {
  std::set<std::string> targets;
  for (const std::string_view line : Split(makefile, "\n")) {
    const size_t colon = line.find(':');
    if (colon == line.npos || line.find_first_of(" \t$#.") < colon) continue;
    if (!line.substr(colon).starts_with(":=")) targets.insert(std::string(line.substr(0, colon)));
  }
  return targets;
}

void AddCMakeTargets(std::string_view text, std::set<std::string>& targets) {
  constexpr std::string_view kFunctions[] = {
      "add_executable(",   "add_library(",   "add_custom_target(", "pidigree_test(",
      "pidigree_library(", "pidigree_fuzz(", "pidigree_bench("};
  for (const std::string_view line : Split(text, "\n")) {
    const std::string_view trimmed = Trim(line);
    for (const std::string_view function : kFunctions) {
      if (!trimmed.starts_with(function)) continue;
      const auto words = Split(trimmed.substr(function.size()), " )");
      if (!words.empty()) targets.insert(std::string(words.front()));
    }
  }
}

std::set<std::string> Presets(const rapidjson::Document& document, const char* kind) {
  std::set<std::string> names;
  if (!document.IsObject() || !document.HasMember(kind)) return names;
  for (const auto& preset : document[kind].GetArray()) {
    if (!preset.HasMember("hidden")) names.insert(preset["name"].GetString());
  }
  return names;
}

bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() != '*')
    return !text.empty() && pattern.front() == text.front() &&
           Matches(pattern.substr(1), text.substr(1));
  for (size_t i = 0; i <= text.size(); ++i) {
    if (Matches(pattern.substr(1), text.substr(i))) return true;
    if (i < text.size() && text[i] == '/') break;
  }
  return false;
}

// Whether `text` has one of these words, and not only as the beginning of a longer one.
bool Holds(std::string_view text, std::initializer_list<std::string> any) {
  return std::any_of(any.begin(), any.end(), [&](const std::string& word) {
    for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
      const std::string_view behind = text.substr(at + word.size(), 1);
      if (behind.empty() || (std::isalnum(static_cast<unsigned char>(behind[0])) == 0 &&
                             behind != "_" && behind != "-"))
        return true;
    }
    return false;
  });
}

}  // namespace

Files ReadFiles(const std::string& root) {
  Files files;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(root);
    if (entry->is_directory()) {
      if (path == ".git" || path == "build" || path.starts_with("build-"))
        entry.disable_recursion_pending();
      continue;
    }
    std::string& content = files[path];
    if (!IsText(entry->path()) || path.starts_with("fuzz/corpus/")) continue;
    std::ifstream stream(entry->path(), std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(stream), {});
  }
  return files;
}

Project MakeProject(Files files, CommandHelp program) {
  Project project;
  for (const auto& [path, content] : files) {
    for (fs::path place = path; !place.empty(); place = place.parent_path()) {
      project.paths.insert(place);
      project.names.insert(place.filename());
    }
    if (path.ends_with("CMakeLists.txt")) AddCMakeTargets(content, project.cmake_targets);
  }
  project.make_targets = MakeTargets(files["Makefile"]);
  rapidjson::Document presets;
  presets.Parse(files["CMakePresets.json"].c_str());
  project.configure_presets = Presets(presets, "configurePresets");
  project.build_presets = Presets(presets, "buildPresets");
  project.test_presets = Presets(presets, "testPresets");
  project.files = std::move(files);
  project.program = std::move(program);
  return project;
}

bool HasPath(const Project& project, const std::string& path) {
  if (path.find('*') == path.npos) return project.paths.contains(path);
  return std::any_of(project.paths.begin(), project.paths.end(),
                     [&](const std::string& there) { return Matches(path, there); });
}

bool IsRead(const Project& project, const std::string& variable) {
  return std::any_of(project.files.begin(), project.files.end(), [&](const auto& file) {
    const auto& [path, content] = file;
    if (path.starts_with("tests/advice/") || path.ends_with(".md")) return false;
    if (path.ends_with(".cc") || path.ends_with(".h"))
      return Holds(content, {"getenv(\"" + variable + "\")"});
    return Holds(content, {"$" + variable, "${" + variable, "$(" + variable + ")"});
  });
}

bool IsSystemPath(const Project& project, const std::string& path) {
  return std::any_of(project.files.begin(), project.files.end(), [&](const auto& file) {
    const auto& [name, content] = file;
    if (name.starts_with("src/")) return Holds(content, {"\"" + path + "\""});
    return name.starts_with("packaging/systemd/") && Holds(content, {path});
  });
}

}  // namespace pidigree
