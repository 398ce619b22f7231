#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/passage.h"

namespace pidigree {

struct Link {
  size_t line = 0;
  std::string target;  // as it is written: "run.md#status"
};

struct MarkdownPage {
  std::vector<Passage> passages;
  std::vector<Link> links;
  std::vector<std::string> anchors;  // what links behind '#' may name
};

// Reads as much of GitHub's Markdown as tells code, spans, links and headings apart: fenced and
// indented code, lists with paragraphs of their own, rows of tables, escapes, spans over several
// lines. Not read: headings that are underlined, and uses of [text][name].
//
// In code a line that is indented deeper and begins with '[' or '-' continues the one before, as
// one does behind '\'. What three blanks set off is prose. A prompt "$ " is left out.
MarkdownPage ReadMarkdown(const std::string& file, std::string_view text);

// What GitHub makes of the text of a heading: "The `rules` file" is "the-rules-file".
std::string AnchorOf(std::string_view heading);

}  // namespace pidigree
