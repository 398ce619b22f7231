// pidigree rules check, test and explain, and translate --config, as people run them.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/read_file.h"
#include "src/serialize/json_text.h"
#include "tests/e2e/program.h"
#include "tests/support/config_generator.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_rules.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using std::literals::operator""s;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// `filters` start on line 2.
std::string Block(const std::string& filters, const std::string& on_match = "include",
                  const std::string& event = "ProcessCreate") {
  return "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup groupRelation=\"or\"><" +
         event + " onmatch=\"" + on_match + "\">\n" + filters + "</" + event +
         "></RuleGroup></EventFiltering></Sysmon>\n";
}

// Each line of standard error in place of the name of the file: "FILE:3: ...".
std::string Messages(std::string text, const std::string& path) {
  for (size_t at; (at = text.find(path)) != text.npos;) text.replace(at, path.size(), "FILE");
  return text;
}

class RulesTest : public testing::Test {
 protected:
  ProgramResult Check(std::string_view config) const {
    const std::string path = dir_.Write("rules.xml", config);
    ProgramResult result = RunPidigree({"rules", "check", path});
    result.err = Messages(result.err, path);
    return result;
  }
  ProgramResult Answer(const std::string& command, std::string_view config,
                       std::string_view events) const {
    return RunPidigree(
        {"rules", command, dir_.Write("rules.xml", config), dir_.Write("events.jsonl", events)});
  }

  const TempDir dir_;
};

// --- check ---

TEST_F(RulesTest, CheckIsSilentAboutWhatIsRight) {
  const ProgramResult result = Check(Block("<Image condition=\"end with\">/bash</Image>\n"));
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "");
}

TEST_F(RulesTest, CheckTellsEveryErrorWithItsLine) {
  const ProgramResult result = Check(
      "<Sysmon schemaversion=\"4.90\" version=\"1\">\n"
      "  <HashAlgorithm>SHA256</HashAlgorithm>\n"
      "  <DnsLookup>maybe</DnsLookup>\n"
      "  <EventFiltering>\n"
      "    <ProcesCreate onmatch=\"include\"/>\n"
      "    <ProcessCreate onmatch=\"Include\">\n"
      "      <Image condition=\"begins with\">x</Image>\n"
      "      <Image conditon=\"is\">x</Image>\n"
      "    </ProcessCreate>\n"
      "    <FileCreate/>\n"
      "    <RuleGroup/>\n"
      "  </EventFiltering>\n"
      "</Sysmon>\n");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "FILE:1: unknown attribute \"version\" of <Sysmon>; expected schemaversion\n"
            "FILE:2: unknown element <HashAlgorithm> inside <Sysmon>; expected EventFiltering or "
            "an option such as HashAlgorithms; did you mean HashAlgorithms?\n"
            "FILE:3: DnsLookup is \"maybe\"; expected True or False\n"
            "FILE:5: unknown element <ProcesCreate> inside <EventFiltering>; expected RuleGroup or "
            "an event such as ProcessCreate; did you mean ProcessCreate?\n"
            "FILE:6: onmatch is \"Include\"; expected \"include\" or \"exclude\" in small letters\n"
            "FILE:7: unknown condition \"begins with\"; expected one of is, is not, is any, "
            "contains, contains any, contains all, excludes, excludes any, excludes all, begin "
            "with, not begin with, end with, not end with, less than, more than, image; did you "
            "mean begin with?\n"
            "FILE:8: unknown attribute \"conditon\" of <Image>; expected condition, name; did you "
            "mean condition?\n"
            "FILE:10: <FileCreate> has no onmatch; expected onmatch=\"include\" or "
            "onmatch=\"exclude\"\n"
            "FILE:11: <RuleGroup> has no groupRelation; expected groupRelation=\"or\" or "
            "\"and\"\n");
}

// A name that is there in another event, and one that is nowhere near any.
TEST_F(RulesTest, CheckSuggestsOnlyNamesThatFit) {
  EXPECT_THAT(
      Check(Block("<ParentImge>x</ParentImge>\n")).err,
      HasSubstr("FILE:2: ProcessCreate has no field <ParentImge>; expected one of RuleName, "
                "UtcTime, "));
  EXPECT_THAT(Check(Block("<ParentImge>x</ParentImge>\n")).err,
              HasSubstr("; did you mean ParentImage?\n"));
  EXPECT_THAT(Check(Block("<Xyzzy>x</Xyzzy>\n")).err, Not(HasSubstr("did you mean")));
  // The name that this event has in logs, where a configuration wants that of the series.
  EXPECT_THAT(Check(Block("", "include", "PipeCreated")).err, HasSubstr("did you mean PipeEvent?"));
}

struct WarningCase {
  std::string_view name;
  std::string config;
  std::string warnings;
};
void PrintTo(const WarningCase& c, std::ostream* out) { *out << c.config; }

class RulesWarningTest : public RulesTest, public testing::WithParamInterface<WarningCase> {};

TEST_P(RulesWarningTest, IsToldAndDoesNotFail) {
  const ProgramResult result = Check(GetParam().config);
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, GetParam().warnings);
}

const std::string kByImage =
    "in a private mount namespace any user can run any program under this path; add another "
    "field, such as User\n";

INSTANTIATE_TEST_SUITE_P(
    Filter, RulesWarningTest,
    testing::Values(
        WarningCase{"FieldThatSaysNothingOnLinux", Block("<Company>Microsoft</Company>\n"),
                    "FILE:2: warning: Company is \"Microsoft\": can never match, because Company "
                    "is always \"-\"\n"},
        WarningCase{"WindowsPath", Block("<Image condition=\"end with\">\\cmd.exe</Image>\n"),
                    "FILE:2: warning: Image end with \"\\\\cmd.exe\": '\\' does not separate names "
                    "on Linux; paths are written with '/'\n"},
        WarningCase{"ListInContains",
                    Block("<CommandLine condition=\"contains\">nc;ncat"
                          "</CommandLine>\n"),
                    "FILE:2: warning: CommandLine contains \"nc;ncat\": ';' is an ordinary "
                    "character here; a list needs a condition with \"any\" or \"all\"\n"},
        WarningCase{"WrongForm", Block("<ProcessId>0x10</ProcessId>\n"),
                    "FILE:2: warning: ProcessId is \"0x10\": can never match, because ProcessId is "
                    "printed as a decimal number\n"},
        WarningCase{"NumbersAsText", Block("<ProcessId condition=\"more than\">80</ProcessId>\n"),
                    "FILE:2: warning: ProcessId more than \"80\": compares text, not numbers: "
                    "\"80\" is more than \"1024\"\n"},
        WarningCase{"EmptyValue", Block("<Image></Image>\n"),
                    "FILE:2: warning: Image is \"\": the value is empty and can never match\n"},
        WarningCase{"EmptyItem", Block("<Image condition=\"is any\">/bin/sh;</Image>\n"),
                    "FILE:2: warning: Image is any \"/bin/sh;\": empty items of the list are "
                    "skipped\n"},
        WarningCase{"Variable", Block("<Image condition=\"begin with\">%HOME%/x</Image>\n"),
                    "FILE:2: warning: Image begin with \"%HOME%/x\": %VARIABLES% are not expanded "
                    "on Linux\n"},
        WarningCase{"OuterBlank", Block("<Image> /bin/sh</Image>\n"),
                    "FILE:2: warning: Image is \" /bin/sh\": blanks before and after the value "
                    "count\n"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Block, RulesWarningTest,
    testing::Values(
        WarningCase{
            "ExcludeByImage", Block("<Image>/usr/bin/dpkg</Image>\n", "exclude"),
            "FILE:2: warning: Image is \"/usr/bin/dpkg\": excludes by Image alone: " + kByImage},
        WarningCase{
            "ExcludeByImageInARule",
            Block("<Rule groupRelation=\"and\">\n<Image>/usr/bin/dpkg</Image>\n"
                  "<ParentImage>/usr/bin/apt</ParentImage></Rule>\n",
                  "exclude"),
            "FILE:3: warning: Image is \"/usr/bin/dpkg\": excludes by Image alone: " + kByImage},
        WarningCase{"ExcludeByImageAndUser",
                    Block("<Rule groupRelation=\"and\">\n<Image>/usr/bin/dpkg</Image>\n"
                          "<User>root</User></Rule>\n",
                          "exclude"),
                    ""},
        WarningCase{"IncludeByImage", Block("<Image>/usr/bin/dpkg</Image>\n"), ""},
        WarningCase{"RuleWithoutRelation",
                    Block("<Rule>\n<User>root</User><User>bob</User></Rule>\n"),
                    "FILE:2: warning: <Rule> has no groupRelation: it means \"or\", its filters "
                    "are alternatives; write groupRelation=\"and\" if all of them must hold\n"},
        WarningCase{"SeveralExcludes",
                    "<Sysmon schemaversion=\"4.90\"><EventFiltering>\n"
                    "<FileCreate onmatch=\"exclude\"><User>root</User></FileCreate>\n"
                    "<FileCreate onmatch=\"exclude\"><User>bob</User></FileCreate>\n"
                    "</EventFiltering></Sysmon>",
                    "FILE:3: warning: all 2 blocks of FileCreate exclude: with several blocks an "
                    "event that none matches is dropped, so none is ever written; put them into "
                    "one block\n"},
        WarningCase{"NotOnLinux", Block("<Operation>Created</Operation>\n", "include", "WmiEvent"),
                    "FILE:1: warning: WmiEvent events never happen on Linux; nothing of this block "
                    "can match\n"},
        WarningCase{"WindowsOption",
                    "<Sysmon schemaversion=\"4.90\">\n<CheckRevocation/>\n"
                    "<ArchiveDirectory>Sysmon</ArchiveDirectory></Sysmon>",
                    "FILE:2: warning: <CheckRevocation> is for Windows and ignored\n"
                    "FILE:3: warning: <ArchiveDirectory> is for Windows and ignored\n"},
        WarningCase{
            "NewerSchema", "<Sysmon schemaversion=\"4.91\"/>",
            "FILE:1: warning: schemaversion \"4.91\" is newer than 4.90, the newest that is "
            "known here\n"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RulesTest, CheckAcceptsBothValuesOfDnsLookup) {
  for (const char* value : {"True", "False"}) {
    const std::string path =
        dir_.Write("lookup.xml", "<Sysmon schemaversion=\"4.90\"><DnsLookup>" + std::string(value) +
                                     "</DnsLookup></Sysmon>");
    const ProgramResult result = RunPidigree({"rules", "check", path});
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(RulesTest, CheckNamesWhatItCannotRead) {
  const ProgramResult missing = RunPidigree({"rules", "check", dir_.Path("no\nsuch.xml")});
  EXPECT_EQ(missing.exit_status, 1);
  EXPECT_THAT(missing.err, StartsWith("pidigree: open "));
  EXPECT_THAT(missing.err, HasSubstr("no\\x0asuch.xml: No such file or directory\n"));
  const ProgramResult directory = RunPidigree({"rules", "check", dir_.Path("")});
  EXPECT_EQ(directory.exit_status, 1);
  EXPECT_THAT(directory.err, HasSubstr("Is a directory\n"));
}

struct HostileCase {
  std::string_view name;
  std::string (*make)();  // not the bytes: each test of the program would hold all of them
  std::string message;
};
void PrintTo(const HostileCase& c, std::ostream* out) { *out << c.name; }

class RulesHostileTest : public RulesTest, public testing::WithParamInterface<HostileCase> {};

TEST_P(RulesHostileTest, IsRefused) {
  const ProgramResult result = Check(GetParam().make());
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr(GetParam().message));
}

constexpr size_t kMiB = size_t{1} << 20;

INSTANTIATE_TEST_SUITE_P(
    File, RulesHostileTest,
    testing::Values(
        HostileCase{"Empty", [] { return std::string(); },
                    "FILE:1: the file is empty; expected <Sysmon>\n"},
        HostileCase{"Truncated",
                    [] { return "<Sysmon schemaversion=\"4.90\">\n<EventFiltering>"s; },
                    "FILE:2: the file ends inside <EventFiltering>"},
        HostileCase{"Binary",
                    [] {
                      return "\x7f"
                             "ELF\x02\x01"s;
                    },
                    "FILE:1: U+0002 is a character that XML does not allow\n"},
        HostileCase{"InvalidUtf8", [] { return "<Sysmon>\n\xff</Sysmon>"s; },
                    "FILE:2: the bytes are not valid UTF-8\n"},
        HostileCase{"Html", [] { return "<html></html>"s; },
                    "FILE:1: the root element is <html>; expected <Sysmon>\n"},
        HostileCase{"EntityBomb",
                    [] {
                      return "<?xml version=\"1.0\"?>\n<!DOCTYPE Sysmon [<!ENTITY a \"aaaaaaaaaa\">"
                             "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n<Sysmon/>"s;
                    },
                    "FILE:2: a DOCTYPE; expected none, because it can define entities and name "
                    "other files\n"},
        HostileCase{"OtherFile",
                    [] { return "<!DOCTYPE Sysmon SYSTEM \"file:///etc/passwd\"><Sysmon/>"s; },
                    "FILE:1: a DOCTYPE"},
        HostileCase{"DeepNesting",
                    [] {
                      std::string deep;
                      for (int i = 0; i < 100'000; ++i) deep += "<a>";
                      return deep;
                    },
                    "FILE:1: elements are nested too deeply; expected at most 64 levels\n"},
        HostileCase{"TerminalControl", [] { return Block("<\xc2\x9b>x</\xc2\x9b>\n"); },
                    "FILE:2: "},
        HostileCase{"TooLarge", [] { return std::string(32 * kMiB + 1, ' '); },
                    "FILE has more than 33554432 bytes\n"}),
    [](const auto& test) { return std::string(test.param.name); });

// --- test ---

TEST_F(RulesTest, TestDecidesEachEventInOrder) {
  const std::string config = Block(
      "<Image name=\"shell &amp; co\" condition=\"end with\">sh</Image>\n"
      "<User condition=\"is\">bob</User>\n");
  const ProgramResult result = Answer("test", config,
                                      "{\"EventID\":1,\"Image\":\"/usr/bin/BASH\"}\n"
                                      "\n"
                                      "{\"EventID\":\"1\",\"Image\":\"/usr/bin/id\"}\n"
                                      "{\"EventID\":1,\"User\":\"bob\"}\n"
                                      "{\"EventID\":5}\n"
                                      "{\"EventID\":11}\n"
                                      "{\"EventID\":255}");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            "{\"included\":true,\"RuleName\":\"shell & co\"}\n"
            "{\"included\":false,\"RuleName\":\"-\"}\n"
            "{\"included\":true,\"RuleName\":\"-\"}\n"
            "{\"included\":true,\"RuleName\":\"-\"}\n"
            "{\"included\":false,\"RuleName\":\"-\"}\n"
            "{\"included\":true,\"RuleName\":\"-\"}\n");
}

TEST_F(RulesTest, TestReadsStandardInput) {
  const UniqueFd events(open(dir_.Write("in", "{\"EventID\":1}\n").c_str(), O_RDONLY | O_CLOEXEC));
  const ProgramResult result =
      RunPidigree({"rules", "test", dir_.Write("rules.xml", Block("<User>-</User>\n")), "-"},
                  {.stdin_fd = events.get()});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, "{\"included\":true,\"RuleName\":\"-\"}\n");
}

// A field that the line does not give is "-", be it text, a number or a GUID.
TEST_F(RulesTest, TestTakesAbsentFieldsForADash) {
  const std::string event = "{\"EventID\":1}\n";
  for (const char* field : {"Image", "ProcessId", "ProcessGuid", "ParentProcessId", "LogonId"}) {
    const std::string name = field;
    EXPECT_THAT(Answer("test", Block("<" + name + ">-</" + name + ">\n"), event).out,
                HasSubstr("true"))
        << field;
  }
}

TEST_F(RulesTest, TestReadsLinesThatPidigreeWrote) {
  const std::string config = Block("<Image condition=\"is\">/usr/bin/a &lt;b</Image>\n");
  const std::string xml =
      "<Event><System><EventID>1</EventID></System><EventData>"
      "<Data Name=\"Image\">/usr/bin/a &lt;b</Data></EventData></Event>\n";
  const ProgramResult result = Answer("test", config,
                                      xml + "Nov 23 16:59:04 host sysmon: " + xml +
                                          "{\"Event\":{\"System\":{\"EventID\":1},\"EventData\":"
                                          "{\"Image\":\"/usr/bin/a \\u003cb\"}}}\n");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.err, "");
  const std::string yes = "{\"included\":true,\"RuleName\":\"-\"}\n";
  EXPECT_EQ(result.out, yes + yes + yes);
}

TEST_F(RulesTest, TestNamesLinesThatAreNoEventsAndAnswersTheOthers) {
  const ProgramResult result = Answer("test", Block("<User>bob</User>\n"),
                                      "nonsense\n"
                                      "{\"EventID\":1,\"User\":\"bob\"}\n"
                                      "{\"EventID\":99}\n"
                                      "{\"EventID\":1,\"Usr\":\"bob\"}\n"
                                      "{\"EventID\":1,\"User\":7}\n");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out,
            "{\"included\":true,\"RuleName\":\"-\"}\n{\"included\":false,\"RuleName\":\"-\"}\n");
  const std::string place = "pidigree: " + dir_.Path("events.jsonl") + ":";
  EXPECT_THAT(result.err, HasSubstr(place + "1: "));
  EXPECT_THAT(result.err, HasSubstr(place + "3: there is no event 99\n"));
  EXPECT_THAT(result.err, HasSubstr(place + "4: ProcessCreate has no field \"Usr\""));
  EXPECT_THAT(result.err, HasSubstr(place + "5: "));
}

TEST_F(RulesTest, TestTellsNoWarnings) {
  const ProgramResult result = Answer("test", Block("<Company>x</Company>\n"), "{\"EventID\":1}\n");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.err, "");
}

TEST_F(RulesTest, TestRefusesAConfigurationWithErrors) {
  const ProgramResult result = Answer("test", Block("<Imgae/>\n"), "{\"EventID\":1}\n");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("rules.xml:2: ProcessCreate has no field <Imgae>"));
}

// Random configurations and events, whose absent fields the lines leave out: the decisions are
// those of the plain evaluator, for which what is not there is "-".
TEST_F(RulesTest, TestDecidesLikeThePlainEvaluator) {
  ConfigGenerator generator(20);
  for (int round = 0; round < 20; ++round) {
    const PlainConfiguration configuration = generator.NextConfiguration();
    std::string lines;
    std::string expected;
    for (int i = 0; i < 100; ++i) {
      PlainEvent event = generator.NextEvent(configuration);
      lines += "{\"EventID\":" + std::to_string(event.id);
      for (auto& [name, text] : event.fields) {
        if (generator.random().OneIn(4)) text = "-";
        if (text != "-") lines += ",\"" + name + "\":" + JsonString(text);
      }
      lines += "}\n";
      const PlainDecision decision = PlainDecide(configuration, event);
      expected += std::string("{\"included\":") + (decision.included ? "true" : "false") +
                  ",\"RuleName\":" + JsonString(decision.rule_name) + "}\n";
    }
    const ProgramResult result = Answer("test", PlainXml(configuration), lines);
    EXPECT_EQ(result.exit_status, 0) << result.err;
    ASSERT_EQ(result.out, expected) << PlainXml(configuration);
  }
}

// The same text in every encoding.
TEST_F(RulesTest, EncodingsMeanTheSame) {
  for (const XmlEncoding encoding :
       {XmlEncoding::kUtf8, XmlEncoding::kUtf8Mark, XmlEncoding::kUtf16Le,
        XmlEncoding::kUtf16LeMark, XmlEncoding::kUtf16Be, XmlEncoding::kUtf16BeMark,
        XmlEncoding::kLatin1}) {
    const bool utf16 = encoding >= XmlEncoding::kUtf16Le && encoding <= XmlEncoding::kUtf16BeMark;
    const std::string declared = encoding == XmlEncoding::kLatin1 ? "ISO-8859-1"
                                 : utf16                          ? "UTF-16"
                                                                  : "UTF-8";
    const std::string xml = "<?xml version=\"1.0\" encoding=\"" + declared + "\"?>" +
                            Block("<Image name=\"é\">/opt/café</Image>\n");
    const ProgramResult result = Answer("test", EncodeXml(xml, encoding),
                                        "{\"EventID\":1,\"Image\":\"/OPT/caf\\u00e9\"}\n"
                                        "{\"EventID\":1,\"Image\":\"/opt/cafÉ\"}\n");
    EXPECT_EQ(result.err, "") << declared;
    EXPECT_EQ(result.out,
              "{\"included\":true,\"RuleName\":\"é\"}\n{\"included\":false,\"RuleName\":\"-\"}\n")
        << declared;
  }
}

TEST_F(RulesTest, ErrorsHaveTheirLineInEveryEncoding) {
  const std::string xml = Block("<Image>x</Image>\n<Imgae/>\n");
  for (const XmlEncoding encoding : {XmlEncoding::kUtf8Mark, XmlEncoding::kUtf16Le,
                                     XmlEncoding::kUtf16BeMark, XmlEncoding::kUtf16Be})
    EXPECT_THAT(Check(EncodeXml(xml, encoding)).err, StartsWith("FILE:3: "));
}

// --- explain ---

TEST_F(RulesTest, ExplainNamesBlockRuleAndFilter) {
  const std::string config =
      "<Sysmon schemaversion=\"4.90\">\n"
      "<EventFiltering>\n"
      "<RuleGroup name=\"tools\" groupRelation=\"or\">\n"
      "<ProcessCreate onmatch=\"include\">\n"
      "<Image condition=\"end with\">/nc</Image>\n"
      "<Rule name=\"fetch\" groupRelation=\"and\">\n"
      "<Image condition=\"image\">curl</Image>\n"
      "<CommandLine condition=\"contains\">http</CommandLine>\n"
      "</Rule>\n"
      "</ProcessCreate>\n"
      "</RuleGroup>\n"
      "<RuleGroup groupRelation=\"or\">\n"
      "<ProcessCreate onmatch=\"exclude\"><User>backup</User></ProcessCreate>\n"
      "</RuleGroup>\n"
      "</EventFiltering>\n"
      "</Sysmon>\n";
  const ProgramResult result =
      Answer("explain", config,
             "{\"EventID\":1,\"Image\":\"/bin/nc\"}\n"
             "{\"EventID\":1,\"Image\":\"/bin/curl\",\"CommandLine\":\"curl http://x\"}\n"
             "{\"EventID\":1,\"Image\":\"/bin/nc\",\"User\":\"backup\"}\n"
             "{\"EventID\":1,\"Image\":\"/bin/ls\"}\n"
             "{\"EventID\":5}\n"
             "{\"EventID\":16}\n");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.err, "");
  const std::string include =
      "<ProcessCreate onmatch=\"include\"> at line 4 of RuleGroup \"tools\"";
  EXPECT_EQ(Messages(result.out, dir_.Path("events.jsonl")),
            "FILE:1: ProcessCreate included by " + include +
                ", because Image end with \"/nc\" (line 5) matches\n"
                "  RuleName \"tools\"\n"
                "FILE:2: ProcessCreate included by " +
                include +
                ", <Rule name=\"fetch\"> at line 6, because all of its filters match:\n"
                "  Image image \"curl\" (line 7)\n"
                "  CommandLine contains \"http\" (line 8)\n"
                "  RuleName \"fetch\"\n"
                "FILE:3: ProcessCreate excluded by <ProcessCreate onmatch=\"exclude\"> at line 13, "
                "because User is \"backup\" (line 13) matches\n"
                "FILE:4: ProcessCreate excluded: none of the 2 blocks for ProcessCreate (lines 4, "
                "13) matches, and with several blocks that drops the event\n"
                "FILE:5: ProcessTerminate included: the configuration has no block for "
                "ProcessTerminate, and this is the default\n"
                "FILE:6: ConfigStateChange included: event 16 is never filtered\n");
}

// --- translate --config ---

// An exec of /usr/bin/`program` as auditd writes it.
std::string ExecLog(int serial, const std::string& program, const std::string& argument) {
  const std::string stamp = "msg=audit(1790000000.000:" + std::to_string(serial) + "): ";
  return "type=SYSCALL " + stamp +
         "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=1 pid=" +
         std::to_string(serial) +
         " auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=3 "
         "comm=\"x\" exe=\"/usr/bin/" +
         program + "\" key=(null)\n" + "type=EXECVE " + stamp + "argc=2 a0=\"" + program +
         "\" a1=\"" + argument + "\"\n" + "type=CWD " + stamp + "cwd=\"/\"\n";
}

TEST_F(RulesTest, TranslateWritesWhatTheRulesInclude) {
  const std::string log =
      dir_.Write("log", ExecLog(100, "curl", std::string(100, 'x')) + ExecLog(101, "ls", "-l"));
  const std::string config = dir_.Write(
      "rules.xml",
      "<Sysmon schemaversion=\"4.90\"><FieldSizes>CommandLine:20</FieldSizes><EventFiltering>"
      "<ProcessCreate onmatch=\"include\"><CommandLine name=\"fetch\" condition=\"end with\">" +
          std::string(50, 'X') + "</CommandLine></ProcessCreate></EventFiltering></Sysmon>");
  const ProgramResult result = RunPidigree({"translate", "--node", "h", "--config", config, log});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr("<Data Name=\"RuleName\">fetch</Data>"));
  // Rules see the whole command line; what is written is cut.
  EXPECT_THAT(result.out, HasSubstr("<Data Name=\"CommandLine\">curl xxxxxxxxxxxx...</Data>"));
  EXPECT_THAT(result.out, Not(HasSubstr("/usr/bin/ls")));
}

TEST_F(RulesTest, TranslateRefusesAConfigurationWithErrorsBeforeItWritesAnything) {
  const std::string log = dir_.Write("log", ExecLog(100, "ls", "-l"));
  const std::string out = dir_.Write("out", "as before");
  const ProgramResult result = RunPidigree({"translate", "--node", "h", "--output", out, "--config",
                                            dir_.Write("rules.xml", Block("<Imgae/>\n")), log});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("rules.xml:2: ProcessCreate has no field <Imgae>"));
  EXPECT_EQ(ReadFile(out, 100).value_or(""), "as before");
}

// rules test on what translate wrote says what translate --config does.
TEST_F(RulesTest, TranslateAndTestDecideAlike) {
  std::string log;
  for (int i = 0; i < 20; ++i)
    log += ExecLog(100 + i, i % 3 == 0 ? "curl" : "ls", std::to_string(i));
  const std::string path = dir_.Write("log", log);
  const std::string config = Block(
      "<Rule name=\"r\" groupRelation=\"and\"><Image condition=\"image\">curl</Image>"
      "<ProcessId condition=\"is not\">103</ProcessId></Rule>"
      "<ParentProcessGuid condition=\"begin with\">{0</ParentProcessGuid>"
      "<CommandLine condition=\"is\">ls 7</CommandLine>\n");
  const std::string rules = dir_.Write("rules.xml", config);
  const ProgramResult all = RunPidigree({"translate", "--node", "h", path});
  const ProgramResult some = RunPidigree({"translate", "--node", "h", "--config", rules, path});
  const ProgramResult decisions = Answer("test", config, all.out);
  EXPECT_EQ(decisions.exit_status, 0);
  size_t included = 0;
  for (size_t at = 0; (at = decisions.out.find("\"included\":true", at)) != std::string::npos; ++at)
    ++included;
  size_t written = 0;
  for (size_t at = 0; (at = some.out.find("<Event>", at)) != std::string::npos; ++at) ++written;
  EXPECT_GT(included, 3u);
  EXPECT_LT(included, 20u);
  EXPECT_EQ(written, included);
}

}  // namespace
}  // namespace pidigree
