#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/help_reader.h"

namespace pidigree {

// Path from the root to content; only the paths of files that hold no text for people.
using Files = std::map<std::string, std::string>;

// The files under `root` but those that git or a build made.
Files ReadFiles(const std::string& root);

// What there is that a text may name.
struct Project {
  Files files;
  CommandHelp program;                      // `pidigree`
  std::set<std::string> paths;              // files and folders
  std::set<std::string> names;              // last components of these
  std::set<std::string> make_targets;       // of the Makefile
  std::set<std::string> cmake_targets;      // of all CMakeLists.txt
  std::set<std::string> configure_presets;  // of CMakePresets.json
  std::set<std::string> build_presets;
  std::set<std::string> test_presets;
};

Project MakeProject(Files files, CommandHelp program);

// Whether `path` is in the tree; "*" stands for anything within a component.
bool HasPath(const Project& project, const std::string& path);

// Whether something in the tree reads the environment variable: C++ names it in quotes, a script, a
// Makefile or a unit behind '$'.
bool IsRead(const Project& project, const std::string& variable);

// Whether the program or its unit have this path of the system.
bool IsSystemPath(const Project& project, const std::string& path);

}  // namespace pidigree
