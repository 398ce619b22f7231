#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/include_checker.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Which folder may include which: docs/architecture.md explains it, this table decides it.
const std::vector<FolderRule> kFolders = {
    {"schema", {}},
    {"bpf", {"schema/event_ids.h", "schema/kernel_actions.h"}},
    {"src/base", {}},
    {"src/event", {"src/base", "schema"}},
    {"src/config", {"src/base", "schema"}},
    {"src/source/bpf",
     {"src/base", "src/event", "schema/event_ids.h", "schema/kernel_actions.h", "bpf/wire.h"}},
    {"src/source/audit", {"src/base", "src/event"}},
    {"src/enrich", {"src/base", "src/event"}},
    {"src/lineage", {"src/base", "src/event", "schema", "src/enrich"}},
    {"src/records", {"src/base", "src/event", "schema", "src/lineage", "src/enrich"}},
    {"src/filter", {"src/base", "src/event", "schema", "src/config"}},
    {"src/serialize", {"src/base", "src/event", "schema"}},
    {"src/sink", {"src/base"}},
    {"src/pipeline",
     {"src/base", "src/event", "schema", "src/source/audit", "src/source/bpf", "src/enrich",
      "src/lineage", "src/records", "src/filter", "src/serialize", "src/sink"}},
    {"src/cli", {"src", "schema"}},
};

const std::vector<OwnedText> kOwned = {
    {"<tl/", {"src/base/result.h"}, "Result<T> and Fail() hide the library"},
    {"tl::", {"src/base/result.h", "src/base/result.cc"}, "Result<T> and Fail() hide the library"},
    {"<CLI/", {"src/cli/command_line.cc"}, "one file reads the command line"},
    {"<tinyxml2", {"src/config", "src/serialize"}, "XML is read in config and serialize"},
    {"<rapidjson/",
     {"src/serialize", "src/source/audit/json_text.h"},
     "serialize reads and writes JSON, and records may be wrapped in it"},
    {"<zlib", {"src/source/audit/decompressor.cc"}, "only logs are compressed"},
    {"<lzma", {"src/source/audit/decompressor.cc"}, "only logs are compressed"},
    {"<zstd", {"src/source/audit/decompressor.cc"}, "only logs are compressed"},
    {"<bzlib", {"src/source/audit/decompressor.cc"}, "only logs are compressed"},
    {"<openssl/", {"src/enrich"}, "only enrich hashes"},
    {"<bpf/", {"bpf", "src/source/bpf"}, "only the BPF source knows libbpf"},
    {"<linux/bpf", {"bpf", "src/source/bpf"}, "only the BPF source knows libbpf"},
    {"<linux/audit", {"src/source/audit"}, "only the audit source knows audit records"},
    {"<libaudit", {"src/source/audit"}, "only the audit source knows audit records"},
    {"<netdb.h>", {"src/enrich"}, "only enrich asks for hosts"},
    {"<pwd.h>", {"src/enrich"}, "only enrich asks for users"},
    {"<grp.h>", {"src/cli"}, "only files that outputs make are given to groups"},
    {"<mutex>", {"src/base/mutex.h"}, "the compiler checks what Mutex guards"},
    {"<condition_variable>", {"src/base/mutex.h"}, "the compiler checks what Mutex guards"},
    {"<thread>", {"src/pipeline"}, "only the pipeline starts threads"},
    {"<future>", {"src/pipeline"}, "only the pipeline starts threads"},
    {"<execution>", {"src/pipeline"}, "only the pipeline starts threads"},
    {"<pthread", {"src/pipeline"}, "only the pipeline starts threads"},
    {"std::thread", {"src/pipeline"}, "only the pipeline starts threads"},
    {"std::jthread", {"src/pipeline"}, "only the pipeline starts threads"},
    {"std::async", {"src/pipeline"}, "only the pipeline starts threads"},
    {"pthread_create", {"src/pipeline"}, "only the pipeline starts threads"},
    {"<gtest/", {}, "test code stays in tests"},
    {"<gmock/", {}, "test code stays in tests"},
};

constexpr std::string_view kChecked[] = {"schema", "bpf", "src"};

TEST(Architecture, TreeFollowsTheTable) {
  const SourceTree tree = ReadSourceTree(PIDIGREE_SOURCE_DIR, kChecked);
  EXPECT_THAT(CheckTree(tree, kFolders, kOwned), IsEmpty());
}

// Files that must be among those read, with an arrow that must be seen: else the test above would
// pass on an empty tree.
TEST(Architecture, TreeIsRead) {
  const SourceTree tree = ReadSourceTree(PIDIGREE_SOURCE_DIR, kChecked);
  for (const char* path : {"schema/event_schema.h", "src/base/result.cc", "src/cli/main/main.cc"}) {
    EXPECT_TRUE(tree.contains(path)) << path;
  }
  const std::vector<FolderRule> lonely = {{"schema", {}}, {"src/event", {}}};
  EXPECT_THAT(CheckTree({{"schema/event_schema.h", tree.at("schema/event_schema.h")},
                         {"src/event/guid.h", tree.at("src/event/guid.h")},
                         {"src/event/record.h", tree.at("src/event/record.h")}},
                        lonely, {}),
              ElementsAre(HasSubstr("src/event may not include \"schema/event_schema.h\"")));
}

struct Case {
  std::string name;
  SourceTree tree;
  std::vector<std::string> violations;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class IncludeChecker : public testing::TestWithParam<Case> {};

TEST_P(IncludeChecker, Finds) {
  EXPECT_EQ(CheckTree(GetParam().tree, kFolders, kOwned), GetParam().violations);
}

INSTANTIATE_TEST_SUITE_P(
    Include, IncludeChecker,
    testing::Values(
        Case{"AllowedArrow",
             {{"src/base/a.h", ""}, {"src/event/b.h", "#include \"src/base/a.h\"\n"}},
             {}},
        Case{"OwnFolder",
             {{"src/sink/a.h", ""}, {"src/sink/b.cc", "#include \"src/sink/a.h\"\n"}},
             {}},
        Case{"ArrowTheOtherWay",
             {{"src/base/a.h", "#pragma once\n\n#include \"src/event/b.h\"\n"},
              {"src/event/b.h", ""}},
             {"src/base/a.h:3: src/base may not include \"src/event/b.h\""}},
        Case{"SinkNeverSeesAnEvent",
             {{"src/event/record.h", ""}, {"src/sink/a.cc", "#include \"src/event/record.h\"\n"}},
             {"src/sink/a.cc:1: src/sink may not include \"src/event/record.h\""}},
        Case{"SourcesDoNotKnowEachOther",
             {{"src/source/audit/a.h", ""},
              {"src/source/bpf/b.cc", "#include \"src/source/audit/a.h\"\n"}},
             {"src/source/bpf/b.cc:1: src/source/bpf may not include \"src/source/audit/a.h\""}},
        Case{"OneFileOfAFolder",
             {{"bpf/wire.h", ""},
              {"bpf/maps.h", ""},
              {"src/source/bpf/b.cc", "#include \"bpf/wire.h\"\n#include \"bpf/maps.h\"\n"}},
             {"src/source/bpf/b.cc:2: src/source/bpf may not include \"bpf/maps.h\""}},
        Case{"FolderWhoseNameOnlyStartsAlike",
             {{"src/base_extra/a.h", ""}},
             {"src/base_extra/a.h: in a folder that the table does not know"}},
        Case{"RelativePath",
             {{"src/base/a.h", ""}, {"src/base/b.h", "#include \"a.h\"\n"}},
             {"src/base/b.h:1: includes \"a.h\", which is no path from the root"}},
        Case{"TestsFromSources",
             {{"src/cli/a.cc", "#include \"tests/support/b.h\"\n"}},
             {"src/cli/a.cc:1: includes \"tests/support/b.h\", which is no path from the root"}},
        Case{"BlanksInTheDirective",
             {{"src/base/a.cc", "  #  include   \"src/cli/b.h\"\n"}, {"src/cli/b.h", ""}},
             {"src/base/a.cc:1: src/base may not include \"src/cli/b.h\""}},
        Case{"CommentedOut",
             {{"src/base/a.h", "// #include \"src/cli/b.h\"\n/*\n#include \"src/cli/b.h\"\n*/\n"}},
             {}},
        Case{"LineNumberBehindAComment",
             {{"src/base/a.h", "/*\n\n*/\n#include \"x.h\"\n"}},
             {"src/base/a.h:4: includes \"x.h\", which is no path from the root"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Owned, IncludeChecker,
    testing::Values(
        Case{"ThreadInThePipeline",
             {{"src/pipeline/a.cc", "#include <thread>\nstd::thread t;\n"}},
             {}},
        Case{"ThreadElsewhere",
             {{"src/sink/a.cc", "std::jthread t;\n"}},
             {"src/sink/a.cc:1: \"std::jthread\": only the pipeline starts threads"}},
        Case{"ThreadInAComment", {{"src/sink/a.cc", "int a;  // no std::thread here\n"}}, {}},
        Case{"LibbpfInItsSource", {{"src/source/bpf/a.cc", "#include <bpf/libbpf.h>\n"}}, {}},
        Case{"LibbpfElsewhere",
             {{"src/cli/a.cc", "#include <bpf/libbpf.h>\n"}},
             {"src/cli/a.cc:1: \"<bpf/\": only the BPF source knows libbpf"}},
        Case{"XmlParserInTheSink",
             {{"src/sink/a.cc", "#include <tinyxml2.h>\n"}},
             {"src/sink/a.cc:1: \"<tinyxml2\": XML is read in config and serialize"}},
        Case{"ParserOfOptionsInACommand",
             {{"src/cli/command_line.cc", "#include <CLI/CLI.hpp>\n"},
              {"src/cli/a_command.cc", "#include <CLI/CLI.hpp>\n"}},
             {"src/cli/a_command.cc:1: \"<CLI/\": one file reads the command line"}},
        Case{"AfterADigitSeparator",
             {{"src/sink/a.cc", "int a = 1'000;\nstd::thread t;\nint b = 1'000;\n"}},
             {"src/sink/a.cc:2: \"std::thread\": only the pipeline starts threads"}}),
    [](const auto& test) { return test.param.name; });

TEST(StripComments, LeavesLiteralsAlone) {
  EXPECT_EQ(StripComments("a = \"// no\"; // yes\nb"), "a = \"// no\"; \nb");
  EXPECT_EQ(StripComments("a = \"\\\"// no\"; // yes"), "a = \"\\\"// no\"; ");
  EXPECT_EQ(StripComments("a = '\"'; // yes"), "a = '\"'; ");
  EXPECT_EQ(StripComments("a = R\"x(\" // no)x\"; // yes"), "a = R\"x(\" // no)x\"; ");
  EXPECT_EQ(StripComments("a /* yes */ b"), "a  b");
  EXPECT_EQ(StripComments("a /* without end"), "a ");
}

}  // namespace
}  // namespace pidigree
