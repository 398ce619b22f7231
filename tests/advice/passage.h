#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// What a passage is written in, which decides how it is understood.
enum class Form {
  kProse,    // comments, and the text of pages between their code
  kMessage,  // what the program prints
  kSpan,     // `quoted` in one of these
  kCommand,  // a line that a shell could run
};

// A piece of text that may tell a reader to use something.
struct Passage {
  std::string file;  // from the root of the repository; "pidigree run --help" for help
  size_t line = 1;   // of its beginning
  Form form = Form::kProse;
  std::string text;
  std::string command = {};  // that an option belongs to if `text` names none, such as "run"
};

// Adds `passage`, and what stands between backquotes in it as a kSpan of its own. Lines of the text
// are lines of the file, unless it is a message.
void AddWithSpans(const Passage& passage, std::vector<Passage>& passages);

// The parts of `text` between any of the characters of `separators`; no empty ones.
std::vector<std::string_view> Split(std::string_view text, std::string_view separators);

// Takes the first line of `text`, without its end.
std::string_view NextLine(std::string_view& text);

// Without what stands in `characters` at both ends.
std::string_view Trim(std::string_view text, std::string_view characters = " \t\r\n");

}  // namespace pidigree
