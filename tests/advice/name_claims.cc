// Names: files of the repository, variables of the environment, and what an installation has.

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "tests/advice/claims.h"

namespace pidigree {
namespace {

constexpr std::string_view kWordCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./*@${}<>";

// Paths that show what a path looks like, and one that is compressed as soon as it is written.
constexpr std::array<std::string_view, 3> kExamples = {"tests/x/y_test.cc", "src/x/y.h",
                                                       "tests/data/audit/exact-enriched/audit.log"};
// What whoever runs the machine makes.
constexpr std::array<std::string_view, 3> kFilesOfTheAdministrator = {
    "/var/log/pidigree.xml", "/run/pidigree.log", "/etc/systemd/journald.conf.d/pidigree.conf"};

template <size_t N>
bool IsAmong(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A component such as NAME, which stands for something else.
bool IsPlaceholder(std::string_view component) {
  return component.find_first_of("$@{}<>") != component.npos || component.starts_with("..") ||
         (!component.empty() &&
          component.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == component.npos);
}

class NameClaims {
 public:
  NameClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims)
      : passage_(passage), project_(project), claims_(claims) {}

  void Read() {
    const std::string_view text = passage_.text;
    for (size_t at = text.find_first_of(kWordCharacters); at != text.npos;
         at = text.find_first_of(kWordCharacters, at)) {
      const size_t end = std::min(text.find_first_not_of(kWordCharacters, at), text.size());
      line_ = passage_.line;
      if (passage_.form == Form::kProse) {
        line_ += static_cast<size_t>(
            std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
      }
      Word(text.substr(at, end - at), text.substr(end));
      at = end;
    }
  }

 private:
  void Add(Kind kind, std::string_view what, bool exists) {
    claims_.push_back({passage_.file, line_, kind, std::string(what), exists});
  }

  void Word(std::string_view word, std::string_view behind) {
    while (word.ends_with('.') || word.ends_with('-')) word.remove_suffix(1);
    if (word.starts_with("./")) word.remove_prefix(2);
    while (word.starts_with("//")) word.remove_prefix(1);
    if (word.find('/') != word.npos)
      Path(word);
    else
      Name(word, behind);
  }

  void Path(std::string_view word) {
    if (word.starts_with('/') && word.find("pidigree") != word.npos) {
      SystemPath(word);
      return;
    }
    if (word.starts_with("share/pidigree/")) {
      Shared(word);
      return;
    }
    const std::vector<std::string_view> components = Split(word, "/");
    if (word.starts_with('/') || components.empty()) return;
    const std::string_view top = components.front();
    const bool built = top == "build" || top.starts_with("build-");
    if (!built && !project_.paths.contains(std::string(top))) return;
    if (IsAmong(word, kExamples)) return;
    std::string path;
    for (size_t i = built ? 1 : 0; i < components.size(); ++i) {
      const std::string next = path + (path.empty() ? "" : "/") + std::string(components[i]);
      if (IsPlaceholder(components[i]) && !HasPath(project_, next)) break;
      path = next;
    }
    if (path.find('/') == path.npos && !built) return;  // "config/": it is there
    Add(Kind::kPath, word, built ? IsBuilt(path) : HasPath(project_, path));
    if (passage_.file.ends_with(" --help") && path.ends_with(".md")) HelpPage(path);
  }

  // The help of "-o,--option ..." names a page.
  void HelpPage(const std::string& path) {
    const size_t begin = passage_.text.find("--");
    const auto page = project_.files.find(path);
    if (!passage_.text.starts_with('-') || page == project_.files.end()) return;
    const size_t end = passage_.text.find_first_of(" =", begin);
    Add(Kind::kHelpPage, path,
        page->second.find(passage_.text.substr(begin, end - begin)) != std::string::npos);
  }

  // `path` is below a build folder: a folder of the tree, a program of it, or what a script makes.
  bool IsBuilt(const std::string& path) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (path.empty() || name == "build.ninja" || project_.paths.contains(path) ||
        project_.cmake_targets.contains(name))
      return true;
    const auto makefile = project_.files.find("Makefile");
    return makefile != project_.files.end() &&
           makefile->second.find("build/" + path) != std::string::npos;
  }

  void SystemPath(std::string_view word) {
    if (const size_t shared = word.find("/share/pidigree/"); shared != word.npos)
      Shared(word.substr(shared + 1));
    else if (!word.starts_with("/tmp/") && word.find_first_of("$@{}<>*") == word.npos &&
             !IsAmong(word, kFilesOfTheAdministrator))
      Add(Kind::kInstalled, word, IsSystemPath(project_, std::string(word)));
  }

  // share/pidigree/config/default.xml: a folder of the repository that CMakeLists.txt installs.
  void Shared(std::string_view word) {
    const std::string below(Trim(word.substr(std::string_view("share/pidigree/").size()), "/"));
    const std::string folder = below.substr(0, below.find('/'));
    const auto cmake = project_.files.find("CMakeLists.txt");
    const bool installed =
        cmake != project_.files.end() &&
        cmake->second.find("DIRECTORY " + folder + "/ DESTINATION share/pidigree/" + folder) !=
            std::string::npos;
    Add(Kind::kInstalled, word, installed && HasPath(project_, below));
  }

  void Name(std::string_view word, std::string_view behind) {
    if (word.starts_with("$")) word.remove_prefix(1);
    word = Trim(word, "{}");
    constexpr std::array<std::string_view, 4> kOurVariables = {"PIDIGREE_", "GUEST_", "FUZZ_",
                                                               "UPDATE_"};
    const bool variable =
        std::any_of(kOurVariables.begin(), kOurVariables.end(),
                    [&](std::string_view prefix) {
                      return word.starts_with(prefix) && word.size() > prefix.size();
                    }) &&
        word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == word.npos;
    if (variable && IsAdvised(passage_)) {
      Add(Kind::kVariable, word, IsRead(project_, std::string(word)));
      return;
    }
    if (!word.starts_with("pidigree") && passage_.form != Form::kSpan) return;
    if (word.starts_with("pidigree") && word.ends_with(".service"))
      Add(Kind::kInstalled, word,
          HasPath(project_, "packaging/systemd/" + std::string(word) + ".in"));
    else if (word.starts_with("pidigree") && behind.size() > 2 && behind[0] == '(' &&
             std::isdigit(static_cast<unsigned char>(behind[1])) != 0 && behind[2] == ')')
      Add(Kind::kInstalled, std::string(word) + std::string(behind.substr(0, 3)),
          project_.names.contains(std::string(word) + "." + behind[1]));
    else if (passage_.form == Form::kSpan && word.size() == passage_.text.size())
      FileName(word);
  }

  // CMake and C++ have names of the same form that are no variables.
  static bool IsAdvised(const Passage& passage) {
    return passage.file.ends_with(".md") || passage.form == Form::kMessage ||
           passage.form == Form::kSpan;
  }

  // `wire.h`, wherever it is.
  void FileName(std::string_view word) {
    constexpr std::array<std::string_view, 6> kOurs = {".cc", ".h", ".c", ".sh", ".rules", ".md"};
    const bool ours = std::any_of(kOurs.begin(), kOurs.end(), [&](std::string_view extension) {
      return word.ends_with(extension) && word.size() > extension.size();
    });
    if (!ours || !passage_.file.ends_with(".md")) return;
    Add(Kind::kPath, word, project_.names.contains(std::string(word)));
  }

  const Passage& passage_;
  const Project& project_;
  std::vector<Claim>& claims_;
  size_t line_ = 0;
};

}  // namespace

void AddNameClaims(const Passage& passage, const Project& project, std::vector<Claim>& claims) {
  NameClaims(passage, project, claims).Read();
}

}  // namespace pidigree
