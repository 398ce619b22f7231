// docs/configuration.md says what the program does: its examples are what is printed, its table of
// conditions is that of schema/conditions.h.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "schema/conditions.h"
#include "src/base/read_file.h"
#include "tests/e2e/program.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

std::string Document() {
  return ReadFile(PIDIGREE_SOURCE_DIR "/docs/configuration.md", size_t{1} << 20).value_or("");
}

// The indented lines after the line that begins with `start`, up to one that is not indented or
// begins with "$"; with `start` itself if it is part of the example.
std::string Example(const std::string& document, const std::string& start, bool with_start) {
  constexpr std::string_view kIndent = "    ";
  size_t at = document.find("\n" + std::string(kIndent) + start);
  EXPECT_NE(at, std::string::npos) << start;
  if (at == std::string::npos) return "";
  ++at;
  std::string text;
  for (bool first = true; at < document.size(); first = false) {
    const size_t end = document.find('\n', at);
    const std::string line = document.substr(at, end - at);
    if (!line.starts_with(kIndent) || (!first && line.starts_with("    $"))) break;
    if (!first || with_start) text += line.substr(kIndent.size()) + "\n";
    at = end + 1;
  }
  return text;
}

TEST(ConfigurationDoc, ExamplesAreWhatTheProgramPrints) {
  const std::string document = Document();
  const TempDir dir;
  const std::string config = dir.Write("example.xml", Example(document, "<Sysmon", true));
  const std::string events =
      dir.Write("events.jsonl", Example(document, "$ cat events.jsonl", false));

  const ProgramResult check = RunPidigree({"rules", "check", config});
  EXPECT_EQ(check.exit_status, 0);
  EXPECT_EQ(check.err, "");
  const ProgramResult test = RunPidigree({"rules", "test", config, events});
  EXPECT_EQ(test.out, Example(document, "$ pidigree rules test", false));
  ProgramResult explain = RunPidigree({"rules", "explain", config, events});
  for (size_t at; (at = explain.out.find(events)) != std::string::npos;)
    explain.out.replace(at, events.size(), "events.jsonl");
  EXPECT_EQ(explain.out, Example(document, "$ pidigree rules explain example.xml", false));
}

TEST(ConfigurationDoc, HasEveryConditionAndNoOther) {
  std::string table = "| condition | value | holds if |\n|---|---|---|\n";
  for (const ConditionType& condition : kConditions)
    table += "| " + std::string(condition.name) + " | " + (condition.list ? "list" : "text") +
             " | " + std::string(condition.doc) + " |\n";
  EXPECT_NE(Document().find(table + "\n"), std::string::npos) << table;
}

}  // namespace
}  // namespace pidigree
