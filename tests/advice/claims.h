#pragma once

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/advice/markdown_reader.h"
#include "tests/advice/passage.h"
#include "tests/advice/project.h"

namespace pidigree {

enum class Kind {
  kOption,      // of pidigree, with its value if that is a choice, or of a script of ours
  kCommand,     // of pidigree
  kMakeTarget,  // make TARGET
  kPreset,      // of cmake and ctest
  kTarget,      // cmake --build DIR --target TARGET
  kVariable,    // of the environment
  kPath,        // in the repository
  kInstalled,   // a path of the system, a unit, a manual page
  kLink,        // of a page, with its anchor
  kHelpPage,    // a page to which the help of an option points: it has to name the option
};

// Something that a text says is there.
struct Claim {
  std::string file;
  size_t line;
  Kind kind;
  std::string what;
  bool exists;
};

// Everything that the passage claims.
std::vector<Claim> ClaimsOf(const Passage& passage, const Project& project);

// `file` stands at `path` in the repository; `anchors` are those of every page.
std::vector<Claim> ClaimsOf(const std::string& file, const std::vector<Link>& links,
                            const std::map<std::string, std::vector<std::string>>& anchors,
                            const Project& project);

// "docs/run.md:7: "--sauce" does not exist"
std::string Describe(const Claim& claim);

// The two halves of ClaimsOf(passage): lines of commands, and names of files and variables.
void AddCommandClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims);
void AddNameClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims);

void PrintTo(const Claim& claim, std::ostream* out);

}  // namespace pidigree
