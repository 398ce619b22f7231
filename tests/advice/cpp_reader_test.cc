#include "tests/advice/cpp_reader.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace pidigree {
namespace {

struct Case {
  std::string name;
  std::string code;
  std::vector<std::string> passages;  // "LINE FORM TEXT"
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::vector<std::string> Texts(const std::vector<Passage>& passages) {
  constexpr const char* kForms[] = {"prose", "message", "span", "command"};
  std::vector<std::string> texts;
  for (const Passage& passage : passages)
    texts.push_back(std::to_string(passage.line) + " " + kForms[static_cast<size_t>(passage.form)] +
                    " " + passage.text);
  return texts;
}

class CppReader : public testing::TestWithParam<Case> {};

TEST_P(CppReader, Finds) {
  EXPECT_EQ(Texts(ReadCpp("a.cc", GetParam().code)), GetParam().passages);
}

INSTANTIATE_TEST_SUITE_P(
    Literal, CppReader,
    testing::Values(
        Case{"Plain", "a(\"see docs\");", {"1 message see docs"}},
        Case{"Adjacent", "x =\n  \"see \"\n  \"docs/run.md\";\n", {"2 message see docs/run.md"}},
        Case{"AdjacentOverAComment", "\"a\" // why\n \"b\";", {"1 message ab", "1 prose  why"}},
        Case{"EndsAtAVariable", "\"a\" + x + \"b\"", {"1 message a", "1 message b"}},
        Case{"EndsAtAMacro", "\"pidigree \" VERSION \"b\"", {"1 message pidigree ", "1 message b"}},
        Case{"Escapes", R"("a\"b\n\\c")", {"1 message a\"b\n\\c"}},
        Case{"Raw",
             "f(R\"x(a \"b\" // \\n\n)\" c)x\", \"d\")",
             {"1 message a \"b\" // \\n\n)\" c", "2 message d"}},
        Case{"Prefix", "u8\"a\"", {"1 message a"}},
        Case{"CommentInside", "\"http://x\"", {"1 message http://x"}},
        Case{"QuoteAsCharacter", "c == '\"' || c == '\\''; \"a\"", {"1 message a"}},
        Case{"DigitSeparators", "1'000 + 1'0; \"a\"", {"1 message a"}},
        Case{"Include", "#include \"src/a.h\"\n\"b\"", {"2 message b"}},
        Case{"Span",
             "\"try `make x` or `y`\"",
             {"1 message try `make x` or `y`", "1 span make x", "1 span y"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(Comment, CppReader,
                         testing::Values(Case{"Line", "a; // see b\n", {"1 prose  see b"}},
                                         Case{"LinesAreOne",
                                              "// a `b\n// c`\nint x;\n// d\n",
                                              {"1 prose  a `b\n c`", "1 span b\n c", "4 prose  d"}},
                                         Case{"Block",
                                              "int x;\n/* a\n * `b` */ \"c\"",
                                              {"3 message c", "2 prose  a\n * `b` ", "3 span b"}},
                                         Case{"QuotesAreNone",
                                              "// don't \"say\n\"a\"",
                                              {"2 message a", "1 prose  don't \"say"}}),
                         [](const auto& test) { return test.param.name; });

TEST(CppReader, ReadsCommentsAlone) {
  EXPECT_EQ(Texts(ReadCppComments("a.cc", "\"a `b`\" // c\n")),
            std::vector<std::string>{"1 prose  c"});
}

}  // namespace
}  // namespace pidigree
