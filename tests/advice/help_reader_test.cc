#include "tests/advice/help_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::Key;
using testing::UnorderedElementsAre;

constexpr char kTop[] =
    "Does things.\n"
    "Usage: pidigree [OPTIONS] COMMAND\n"
    "\n"
    "Options:\n"
    "  -h,--help                   Print this help message and exit\n"
    "\n"
    "Subcommands:\n"
    "  run                         Watch - with --options\n"
    "  rules                       Check\n"
    "                              a lot\n"
    "\n"
    "  EVENTS are no command.\n";

constexpr char kRun[] =
    "Usage: pidigree run [OPTIONS] [FILE...]\n"
    "\n"
    "Positionals:\n"
    "  FILE TEXT ...               Logs; - for standard input\n"
    "\n"
    "Options:\n"
    "  --source TEXT:{auto,bpf}=auto\n"
    "                              Where facts come from: see a.md\n"
    "  --form sysmon|json          What it writes\n"
    "  --output DEST=[syslog] ...  Where, `a status` too\n"
    "  --flag                      A flag: a|b\n";

std::string HelpOf(const std::vector<std::string>& command) {
  if (command.empty()) return kTop;
  if (command == std::vector<std::string>{"run"}) return kRun;
  if (command == std::vector<std::string>{"rules"}) return "Subcommands:\n  check   Tell\n";
  return "Options:\n  --deep   Yes\n";
}

TEST(HelpReader, FindsCommandsOfCommands) {
  const CommandHelp help = ReadHelp(HelpOf);
  EXPECT_THAT(help.commands, UnorderedElementsAre(Key("run"), Key("rules")));
  EXPECT_THAT(help.options, UnorderedElementsAre(Key("-h"), Key("--help")));
  const CommandHelp* check = FindCommand(help, {"rules", "check"});
  ASSERT_NE(check, nullptr);
  EXPECT_THAT(check->options, UnorderedElementsAre(Key("--deep")));
  EXPECT_EQ(FindCommand(help, {"rules", "run"}), nullptr);
  EXPECT_EQ(FindCommand(help, {}), &help);
}

TEST(HelpReader, FindsOptionsAndTheirChoices) {
  const CommandHelp run = ParseHelp(kRun);
  EXPECT_THAT(run.options,
              UnorderedElementsAre(Key("--source"), Key("--form"), Key("--output"), Key("--flag")));
  EXPECT_THAT(run.options.at("--source").choices, ElementsAre("auto", "bpf"));
  EXPECT_THAT(run.options.at("--form").choices, ElementsAre("sysmon", "json"));
  EXPECT_THAT(run.options.at("--output").choices, ElementsAre());
  EXPECT_THAT(run.options.at("--flag").choices, ElementsAre());
}

TEST(HelpReader, GivesEachOptionWithItsText) {
  bool found = false;
  for (const Passage& passage : HelpPassages(ReadHelp(HelpOf))) {
    if (!passage.text.starts_with("--source")) continue;
    found = true;
    EXPECT_EQ(passage.file, "pidigree run --help");
    EXPECT_EQ(passage.line, 7U);
    EXPECT_EQ(passage.command, "run");
    EXPECT_EQ(passage.text, "--source TEXT:{auto,bpf}=auto Where facts come from: see a.md");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace pidigree
