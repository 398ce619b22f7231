#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// What the files of a folder may include of the project's own, beside the folder itself. A place is
// a folder (with everything below it that has no line of its own) or a single file.
struct FolderRule {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

// Text that only some places may contain: the name of a library's header, a function that starts
// threads. Comments do not count.
struct OwnedText {
  std::string_view text;
  std::vector<std::string_view> only_in;  // places, as above
  std::string_view why;
};

// Content by path from the repository root.
using SourceTree = std::map<std::string, std::string, std::less<>>;

// Every .h, .hpp, .c and .cc file below `folders` of the repository at `root`. A folder that does
// not exist holds none.
SourceTree ReadSourceTree(const std::string& root, std::span<const std::string_view> folders);

// `code` without comments; string literals and line breaks stay.
std::string StripComments(std::string_view code);

// Behind the closing quote of the string or character literal whose opening quote is at `begin`.
size_t EndOfLiteral(std::string_view code, size_t begin);

// One "path:line: what is wrong" for each file outside every folder, each include of the project's
// own that no rule allows, that is not written as a path from the root or names no file of `tree`,
// and each owned text in a place that does not own it.
std::vector<std::string> CheckTree(const SourceTree& tree, std::span<const FolderRule> folders,
                                   std::span<const OwnedText> owned);

}  // namespace pidigree
