#include "tests/advice/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;

Project SmallProject() {
  CommandHelp program;
  program.options = {{"--help", {}}, {"--version", {}}};
  program.commands["run"].options = {
      {"--help", {}}, {"--source", {{"auto", "bpf"}}}, {"--output", {}}};
  program.commands["status"].options = {{"--help", {}}, {"--socket", {}}};
  program.commands["rules"].commands["check"].options = {{"--help", {}}};
  return MakeProject(
      {{"Makefile", "A ?= 1\nall: b\ntest-all:\n\ttouch build/made.xml\n"},
       {"CMakeLists.txt", "  install(DIRECTORY config/ DESTINATION share/pidigree/config)\n"},
       {"CMakePresets.json",
        R"({"configurePresets": [{"name": "hidden", "hidden": true}, {"name": "dev"}],
            "buildPresets": [{"name": "build"}], "testPresets": [{"name": "some"}]})"},
       {"bench/CMakeLists.txt",
        "pidigree_bench(rules_bench LINK a)\nadd_executable(tool "
        "a.cc)\nadd_executable(pidigree)\n"},
       {"bench/run.sh", "--fast) a ;;\n: ${GUEST_TIME}\n"},
       {"config/default.xml", ""},
       {"docs/run.md", "`--source`\n"},
       {"docs/other.md", ""},
       {"packaging/systemd/pidigree.service.in",
        "EnvironmentFile=-/etc/default/pidigree\nExecStart=x $PIDIGREE_OPTIONS\n"},
       {"src/sink/file_sink.h", "x = \"/run/pidigree.sock\"; std::getenv(\"PIDIGREE_X\");\n"}},
      std::move(program));
}

struct Case {
  std::string name;
  Form form;
  std::string text;
  std::vector<std::string> claims;  // with "!" before those that do not exist
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::vector<std::string> Texts(const std::vector<Claim>& claims) {
  std::vector<std::string> texts;
  for (const Claim& claim : claims) texts.push_back((claim.exists ? "" : "!") + claim.what);
  return texts;
}

class Claims : public testing::TestWithParam<Case> {};

TEST_P(Claims, Are) {
  const Case& test = GetParam();
  EXPECT_EQ(Texts(ClaimsOf({"docs/a.md", 1, test.form, test.text}, SmallProject())), test.claims);
}

INSTANTIATE_TEST_SUITE_P(
    Option, Claims,
    testing::Values(
        Case{"InAMessage", Form::kMessage, "give --output, or --ouput", {"--output", "!--ouput"}},
        Case{"ChoiceInAMessage",
             Form::kMessage,
             "`--source audit` helps; --source bpf",
             {"--source", "!--source audit", "--source", "--source bpf"}},
        Case{"OfTheCommandBefore",
             Form::kMessage,
             "`pidigree status` has --socket, not --output",
             {"--socket", "!--output"}},
        Case{"ByItself", Form::kSpan, "--output DEST", {"--output"}},
        Case{"ByItselfWithAChoice", Form::kSpan, "--source=audit", {"--source", "!--source audit"}},
        Case{"OfAnotherProgram", Form::kSpan, "--gtest_filter=X", {}},
        Case{"OfACommand",
             Form::kSpan,
             "pidigree status --output x",
             {"pidigree status", "!--output"}},
        Case{"OfACommandWithoutTheProgram",
             Form::kSpan,
             "run --socket",
             {"pidigree run", "!--socket"}},
        Case{"OfTheProgram", Form::kSpan, "pidigree --version", {"--version"}},
        Case{"InAUsage",
             Form::kCommand,
             "pidigree run [--source auto|audit] [--output DEST]...",
             {"pidigree run", "--source", "--source auto", "!--source audit", "--output"}},
        Case{"BehindOtherCommands",
             Form::kCommand,
             "ls --all | sudo build/pidigree run --all &",
             {"pidigree run", "!--all", "build/pidigree"}},
        Case{"OfOtherCommands", Form::kCommand, "ausearch --raw; cmake --install x", {}},
        Case{"OfAScript",
             Form::kCommand,
             "bench/run.sh --fast --slow",
             {"--fast", "!--slow", "bench/run.sh"}},
        Case{"OfAUnit",
             Form::kCommand,
             "ExecStart=@PREFIX@/bin/pidigree run --sauce",
             {"pidigree run", "!--sauce"}},
        Case{"InTheUnitsVariable",
             Form::kCommand,
             "Environment=\"PIDIGREE_OPTIONS=--sauce x\"",
             {"pidigree run", "!--sauce", "PIDIGREE_OPTIONS"}},
        Case{"ProseIsNot", Form::kProse, "git --sauce", {}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Command, Claims,
    testing::Values(
        Case{"Pidigree",
             Form::kSpan,
             "pidigree rules chek FILE",
             {"pidigree rules", "!pidigree rules chek"}},
        Case{"Placeholder", Form::kSpan, "pidigree COMMAND --help", {"--help"}},
        Case{"Arguments", Form::kSpan, "pidigree run status", {"pidigree run"}},
        Case{"WithoutTheProgram",
             Form::kSpan,
             "rules chek",
             {"pidigree rules", "!pidigree rules chek"}},
        Case{"AnyOtherSpan", Form::kSpan, "run of bytes", {}},
        Case{"MakeTarget", Form::kSpan, "make all", {"make all"}},
        Case{"NoMakeTarget", Form::kSpan, "JOBS=1 make A=1 tset", {"!make tset"}},
        Case{"MakeVariable", Form::kSpan, "make A", {}},
        Case{"ConfigurePreset",
             Form::kCommand,
             "cmake --preset dev && cmake --preset build",
             {"cmake --preset dev", "!cmake --preset build"}},
        Case{"HiddenPreset", Form::kCommand, "cmake --preset hidden", {"!cmake --preset hidden"}},
        Case{"BuildPreset",
             Form::kCommand,
             "cmake --build --preset build",
             {"cmake --build --preset build"}},
        Case{"TestPreset", Form::kCommand, "ctest --preset dev -R x", {"!ctest --preset dev"}},
        Case{"Target",
             Form::kCommand,
             "cmake --build x --target tool tol",
             {"--target tool", "!--target tol"}},
        Case{"Unit", Form::kSpan, "systemctl enable --now pidigree", {"systemctl pidigree"}},
        Case{"NoUnit", Form::kSpan, "systemctl start pidigreed", {"!systemctl pidigreed"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Name, Claims,
    testing::Values(
        Case{
            "Path", Form::kProse, "see docs/run.md, docs/rnu.md.", {"docs/run.md", "!docs/rnu.md"}},
        Case{"Folder", Form::kProse, "(src/sink/) src/sinks", {"src/sink/", "!src/sinks"}},
        Case{"Pattern",
             Form::kProse,
             "src/*/*_sink.h src/*_sink.h",
             {"src/*/*_sink.h", "!src/*_sink.h"}},
        Case{"Placeholder", Form::kProse, "docs/NAME.md src/NAME/x src/$x/a", {"!docs/NAME.md"}},
        Case{"ElsewhereOnTheSystem", Form::kProse, "/usr/src/linux and/or fs/namei.c", {}},
        Case{"Built",
             Form::kProse,
             "build/bench/rules_bench build-dev/src/sink build/made.xml build/x",
             {"build/bench/rules_bench", "build-dev/src/sink", "build/made.xml", "!build/x"}},
        Case{"FileByItsName", Form::kSpan, "file_sink.h", {"file_sink.h"}},
        Case{"NoFileByItsName", Form::kSpan, "sink.h", {"!sink.h"}},
        Case{"Variable",
             Form::kProse,
             "PIDIGREE_X=1, GUEST_TIME, GUEST_TIM and GUEST_X",
             {"PIDIGREE_X", "GUEST_TIME", "!GUEST_TIM", "!GUEST_X"}},
        Case{"Installed",
             Form::kSpan,
             "/usr/local/share/pidigree/config/default.xml",
             {"share/pidigree/config/default.xml"}},
        Case{"NotInstalled",
             Form::kSpan,
             "share/pidigree/docs/run.md",
             {"!share/pidigree/docs/run.md"}},
        Case{"OfTheSystem",
             Form::kProse,
             "/run/pidigree.sock /etc/default/pidigree /etc/pidigree.xml",
             {"/run/pidigree.sock", "/etc/default/pidigree", "!/etc/pidigree.xml"}},
        Case{"UnitFile",
             Form::kProse,
             "pidigree.service pidigreed.service",
             {"pidigree.service", "!pidigreed.service"}},
        Case{"ManualPage", Form::kProse, "see pidigree(8), open(2)", {"!pidigree(8)"}}),
    [](const auto& test) { return test.param.name; });

TEST(Claims, OfLinks) {
  const std::vector<Link> links = {{3, "run.md"},     {4, "../docs/"},      {5, "rnu.md"},
                                   {6, "run.md#a-b"}, {7, "run.md#a"},      {8, "#own"},
                                   {9, "#other"},     {10, "https://x/#y"}, {11, "/docs/run.md"}};
  EXPECT_THAT(
      Texts(ClaimsOf("docs/other.md", links, {{"docs/run.md", {"a-b"}}, {"docs/other.md", {"own"}}},
                     SmallProject())),
      ElementsAre("run.md", "../docs/", "!rnu.md", "run.md#a-b", "!run.md#a", "#own", "!#other",
                  "!/docs/run.md"));
}

TEST(Claims, OfHelpWantThePageToNameTheOption) {
  const auto claims = [](const std::string& text) {
    return Texts(ClaimsOf({"pidigree run --help", 1, Form::kMessage, text, "run"}, SmallProject()));
  };
  EXPECT_THAT(claims("--source X see docs/run.md"),
              ElementsAre("--source", "docs/run.md", "docs/run.md"));
  EXPECT_THAT(claims("--output X see docs/run.md"),
              ElementsAre("--output", "docs/run.md", "!docs/run.md"));
  EXPECT_THAT(claims("--socket X"), ElementsAre("!--socket"));
}

TEST(Claims, SayWhere) {
  const Project project = SmallProject();
  const auto claims = ClaimsOf({"docs/a.md", 7, Form::kProse, "a\nb docs/x.md"}, project);
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(Describe(claims[0]), "docs/a.md:8: \"docs/x.md\" does not exist");
}

}  // namespace
}  // namespace pidigree
