// Whoever follows what a message, the help or a page says must find that it is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/claims.h"
#include "tests/advice/cpp_reader.h"
#include "tests/advice/markdown_reader.h"
#include "tests/advice/project.h"
#include "tests/advice/shell_reader.h"
#include "tests/e2e/program.h"

namespace pidigree {
namespace {

using testing::Contains;

std::string HelpOf(std::vector<std::string> command) {
  command.push_back("--help");
  const ProgramResult result = RunPidigree(command);
  EXPECT_EQ(result.exit_status, 0) << result.err;
  return result.out;
}

// Pages are read with their links.
std::vector<Passage> PassagesOf(const std::string& file, const std::string& content) {
  const std::string_view path = file;
  const auto in = [&](std::string_view folder) { return path.starts_with(folder); };
  if (in("tests/advice/")) return {};  // its examples are wrong on purpose
  if (path.ends_with(".cc") || path.ends_with(".h") || path.ends_with(".c")) {
    return in("src/") || in("schema/") || in("bpf/") ? ReadCpp(file, content)
                                                     : ReadCppComments(file, content);
  }
  if (path.ends_with(".xml")) {
    std::vector<Passage> passages;
    if (in("config/")) AddWithSpans({file, 1, Form::kProse, content}, passages);
    return passages;
  }
  if (path.ends_with(".md") || path.ends_with(".json")) return {};
  return ReadShell(file, content);
}

std::vector<Claim> ReadClaims() {
  const Project project = MakeProject(ReadFiles(PIDIGREE_SOURCE_DIR), ReadHelp(HelpOf));
  std::vector<Passage> passages = HelpPassages(project.program);
  std::map<std::string, std::vector<Link>> links;
  std::map<std::string, std::vector<std::string>> anchors;
  for (const auto& [file, content] : project.files) {
    std::vector<Passage> more = PassagesOf(file, content);
    if (file.ends_with(".md")) {
      MarkdownPage page = ReadMarkdown(file, content);
      more = std::move(page.passages);
      links[file] = std::move(page.links);
      anchors[file] = std::move(page.anchors);
    }
    passages.insert(passages.end(), more.begin(), more.end());
  }
  std::vector<Claim> claims;
  for (const Passage& passage : passages) {
    const std::vector<Claim> more = ClaimsOf(passage, project);
    claims.insert(claims.end(), more.begin(), more.end());
  }
  for (const auto& [file, page_links] : links) {
    const std::vector<Claim> more = ClaimsOf(file, page_links, anchors, project);
    claims.insert(claims.end(), more.begin(), more.end());
  }
  return claims;
}

class Advice : public testing::Test {
 protected:
  static void SetUpTestSuite() { claims_ = new std::vector<Claim>(ReadClaims()); }
  static void TearDownTestSuite() {
    delete claims_;
    claims_ = nullptr;
  }

  static std::vector<Claim>* claims_;
};

std::vector<Claim>* Advice::claims_ = nullptr;

TEST_F(Advice, CanBeFollowed) {
  std::set<std::string> violations;
  for (const Claim& claim : *claims_)
    if (!claim.exists) violations.insert(Describe(claim));
  for (const std::string& violation : violations) ADD_FAILURE() << violation;
}

// In the first column of a table, where they look like any word.
TEST(AdviceForDevelopers, ListsEveryPreset) {
  const Project project = MakeProject(ReadFiles(PIDIGREE_SOURCE_DIR), {});
  std::string_view page = project.files.at("CONTRIBUTING.md");
  std::set<std::string> listed;
  page.remove_prefix(page.find("| preset |"));
  for (std::string_view line; (line = NextLine(page)).starts_with('|');)
    listed.insert(std::string(Trim(Split(line, "|").front())));
  listed.erase("preset");
  listed.erase("---");
  EXPECT_EQ(listed, project.configure_presets);
}

// Of each kind, in each sort of place, something that is known to be there: else the test above
// would pass on what was not read.
TEST_F(Advice, IsFoundWhereItStands) {
  struct Known {
    Kind kind;
    std::string file;
    std::string what;
  };
  const std::vector<Known> known = {
      {Kind::kOption, "src/source/bpf/file_hooks.cc", "--compat-syscalls"},
      {Kind::kOption, "src/cli/state_directory.cc", "--state-dir"},
      {Kind::kOption, "docs/run.md", "--source bpf"},
      {Kind::kOption, "docs/translate.md", "--format json"},
      {Kind::kOption, "README.md", "--format json"},
      {Kind::kOption, "Makefile", "--node"},
      {Kind::kOption, "packaging/show-live-tree.sh", "--state-dir"},
      {Kind::kOption, "packaging/systemd/pidigree.service.in", "--config"},
      {Kind::kOption, "tests/data/audit/README.md", "--programs"},
      {Kind::kCommand, "src/source/bpf/load_error.cc", "pidigree translate"},
      {Kind::kCommand, "pidigree run --help", "pidigree status"},
      {Kind::kCommand, "docs/configuration.md", "pidigree rules check"},
      {Kind::kCommand, "README.md", "pidigree guid"},
      {Kind::kCommand, "packaging/systemd/pidigree.service.in", "pidigree run"},
      {Kind::kMakeTarget, "README.md", "make install"},
      {Kind::kMakeTarget, "CONTRIBUTING.md", "make test-kernels"},
      {Kind::kMakeTarget, "Makefile", "make format"},
      {Kind::kPreset, "CONTRIBUTING.md", "ctest --preset dev"},
      {Kind::kPreset, "docs/kernels.md", "ctest --preset kernels"},
      {Kind::kTarget, "tests/data/audit/README.md", "--target capture_scenario"},
      {Kind::kVariable, "CONTRIBUTING.md", "PIDIGREE_PROPERTY_SCALE"},
      {Kind::kVariable, "docs/kernels.md", "GUEST_TESTS"},
      {Kind::kPath, "src/cli/agent_outputs.cc", "docs/outputs.md"},
      {Kind::kPath, "src/lineage/live_mutes.h", "docs/adr/0006-muting-in-the-kernel.md"},
      {Kind::kPath, "packaging/audit/30-pidigree.rules", "docs/audit-rules.md"},
      {Kind::kPath, "README.md", "build/sample.xml"},
      {Kind::kPath, "docs/performance.md", "bench/compare_*.sh"},
      {Kind::kPath, "docs/performance.md", "build/bench/bpf_source_bench"},
      {Kind::kPath, "tests/data/audit/README.md", "tests/support/capture/truth.h"},
      {Kind::kPath, "bpf/README.md", "find_task.h"},
      {Kind::kInstalled, "docs/run.md", "/etc/default/pidigree"},
      {Kind::kInstalled, "docs/run.md", "pidigree.service"},
      {Kind::kInstalled, "README.md", "systemctl pidigree"},
      {Kind::kInstalled, "docs/configuration.md", "share/pidigree/config/"},
      {Kind::kLink, "docs/run.md", "network-events.md#host-names"},
      {Kind::kLink, "README.md", "docs/adr/"},
      {Kind::kHelpPage, "pidigree run --help", "docs/file-events.md"},
  };
  for (const Known& one : known) {
    EXPECT_THAT(*claims_, Contains(testing::AllOf(testing::Field(&Claim::kind, one.kind),
                                                  testing::Field(&Claim::file, one.file),
                                                  testing::Field(&Claim::what, one.what))))
        << one.file << ": " << one.what;
  }
}

}  // namespace
}  // namespace pidigree
