#include "tests/advice/markdown_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> code;  // "LINE span TEXT" and "LINE command TEXT"
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::vector<std::string> Code(const MarkdownPage& page) {
  std::vector<std::string> code;
  for (const Passage& passage : page.passages) {
    if (passage.form == Form::kProse) continue;
    code.push_back(std::to_string(passage.line) +
                   (passage.form == Form::kSpan ? " span " : " command ") + passage.text);
  }
  return code;
}

class MarkdownReader : public testing::TestWithParam<Case> {};

TEST_P(MarkdownReader, FindsCode) {
  EXPECT_EQ(Code(ReadMarkdown("a.md", GetParam().text)), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Span, MarkdownReader,
    testing::Values(Case{"Plain", "a `b` c `d`", {"1 span b", "1 span d"}},
                    Case{"OverLines", "a\nb `c\nd` e", {"2 span c d"}},
                    Case{"NotOverParagraphs", "a `b\n\nc `d` e", {"3 span d"}},
                    Case{"TwoBackquotes", "a `` b ` c `` d", {"1 span b ` c"}},
                    Case{"WithoutEnd", "a ``b` c `d`", {"1 span c"}},
                    Case{"Escaped", "a \\`b `c`", {"1 span c"}},
                    Case{"InARow", "| `a|b` | c |\n| `d\\|e` | f` |", {"1 span a|b", "2 span d|e"}},
                    Case{"InAHeading", "# a `b`", {"1 span b"}},
                    Case{"InAListItem", "- a `b\n  c`\n- d`\n", {"1 span b c"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Block, MarkdownReader,
    testing::Values(
        Case{"Indented",
             "a\n\n    make b\n    $ make c\n\nd",
             {"3 command make b", "4 command make c"}},
        Case{"ParagraphGoesOn", "a\n    make b\n", {}},
        Case{"ListItemGoesOn", "- a\n\n    make b\n", {}},
        Case{"WithinAListItem", "- a\n\n      make b\n", {"3 command make b"}},
        Case{"BehindAList", "- a\n\nb\n\n    make c\n", {"5 command make c"}},
        Case{"Numbered", "1. a\n\n       make b\n", {"3 command make b"}},
        Case{"Fenced",
             "```sh\nmake `b\n\nmake c\n```\n`d`",
             {"2 command make `b", "4 command make c", "6 span d"}},
        Case{"FencedByTildes", "~~~\n```\nmake b\n~~~\n", {"2 command ```", "3 command make b"}},
        Case{"FenceNeedsAsMany", "````\n```\n````\n`a`", {"2 command ```", "4 span a"}},
        Case{"SpanOfThree", "```a``` b", {"1 span a"}},
        Case{"Description", "    make b     does c", {"1 command make b"}},
        Case{
            "Usage", "    a [-b]\n      [-c]\n    a d", {"1 command a [-b] [-c]", "3 command a d"}},
        Case{"Backslash", "    a \\\n        b\n", {"1 command a  b"}}),
    [](const auto& test) { return test.param.name; });

std::vector<std::pair<size_t, std::string>> Links(const std::string& text) {
  std::vector<std::pair<size_t, std::string>> links;
  for (const Link& link : ReadMarkdown("a.md", text).links)
    links.emplace_back(link.line, link.target);
  return links;
}

TEST(MarkdownLinks, AreFound) {
  EXPECT_THAT(Links("a [b](c.md) d\n[`e`](f.md#g \"title\"), ([h](i(j).md))"),
              ElementsAre(std::pair{1, "c.md"}, std::pair{2, "f.md#g"}, std::pair{2, "i(j).md"}));
  EXPECT_THAT(Links("[a\nb](c.md)"), ElementsAre(std::pair{2, "c.md"}));
  EXPECT_THAT(Links("[a]: <b.md>\n"), ElementsAre(std::pair{1, "b.md"}));
  EXPECT_THAT(Links("`[a](b)` \\[c](d\n\n    [e](f)\n"), ElementsAre());
}

TEST(MarkdownAnchors, AreThoseOfGitHub) {
  EXPECT_THAT(
      ReadMarkdown("a.md", "# A b\n\n```\n# no\n```\n## A b\ntext\n### `C`, [d](e.md)_f\n#no\n")
          .anchors,
      ElementsAre("a-b", "a-b-1", "c-d_f"));
  EXPECT_EQ(AnchorOf("10 ProcessAccess, 8 CreateRemoteThread"),
            "10-processaccess-8-createremotethread");
  EXPECT_EQ(AnchorOf("What it's (not) - yet"), "what-its-not---yet");
  EXPECT_EQ(AnchorOf("Closed ##"), "closed");
}

}  // namespace
}  // namespace pidigree
