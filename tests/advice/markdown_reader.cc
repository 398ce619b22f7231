#include "tests/advice/markdown_reader.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "tests/advice/shell_reader.h"

namespace pidigree {
namespace {

size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

size_t RunOf(char c, std::string_view text) {
  return std::min(text.find_first_not_of(c), text.size());
}

// Where the text of a list item begins, if `line` (without its indent) begins one; else 0.
size_t ListMarker(std::string_view line, bool interrupts) {
  if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ")) return 2;
  const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || digits > 9 || (interrupts && line.substr(0, digits) != "1")) return 0;
  const std::string_view behind = line.substr(digits);
  return behind.starts_with(". ") || behind.starts_with(") ") ? digits + 2 : 0;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  MarkdownPage Read(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = NextLine(text);
      ++line_;
      Line(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    }
    EndParagraph();
    EndCode();
    return std::move(page_);
  }

 private:
  size_t base() const { return lists_.empty() ? 0 : lists_.back(); }

  void Line(std::string_view line) {
    const size_t indent = IndentOf(line);
    std::string_view trimmed = line.substr(indent);
    if (!fence_.empty()) {
      if (trimmed.starts_with(fence_) && Trim(trimmed, fence_.substr(0, 1) + " ").empty()) {
        fence_.clear();
        EndCode();
      } else {
        Code(line.substr(std::min(indent, fence_indent_)));
      }
      return;
    }
    if (trimmed.empty()) {
      EndParagraph();
      return;
    }
    if (paragraph_.empty()) {
      while (!lists_.empty() && indent < lists_.back()) lists_.pop_back();
      if (indent >= base() + 4) {
        Code(line.substr(base() + 4));
        return;
      }
    }
    EndCode();
    while (trimmed.starts_with('>')) trimmed = trimmed.substr(trimmed.starts_with("> ") ? 2 : 1);
    if (Fence(trimmed, indent)) return;
    const size_t level = RunOf('#', trimmed);
    if (level >= 1 && level <= 6 && (trimmed.size() == level || trimmed[level] == ' ')) {
      EndParagraph();
      Heading(Trim(trimmed.substr(level)));
      return;
    }
    if (const size_t marker = ListMarker(trimmed, !paragraph_.empty()); marker != 0) {
      EndParagraph();
      while (!lists_.empty() && indent < lists_.back()) lists_.pop_back();
      lists_.push_back(indent + marker);
      trimmed = trimmed.substr(marker);
    }
    const bool row = trimmed.starts_with('|');
    if (row) EndParagraph();
    if (paragraph_.empty())
      paragraph_line_ = line_;
    else
      paragraph_ += '\n';
    paragraph_ += trimmed;
    if (row) {
      for (size_t at; (at = paragraph_.find("\\|")) != paragraph_.npos;) paragraph_.erase(at, 1);
      EndParagraph();
    }
  }

  bool Fence(std::string_view trimmed, size_t indent) {
    const size_t size = RunOf(trimmed.front(), trimmed);
    const bool backquotes = trimmed.front() == '`';
    if (size < 3 || (!backquotes && trimmed.front() != '~')) return false;
    if (backquotes && trimmed.find('`', size) != trimmed.npos) return false;
    EndParagraph();
    fence_ = std::string(size, trimmed.front());
    fence_indent_ = indent;
    return true;
  }

  void Heading(std::string_view text) {
    std::string anchor = AnchorOf(text);
    if (const size_t before = headings_[anchor]++; before > 0)
      anchor += "-" + std::to_string(before);
    page_.anchors.push_back(std::move(anchor));
    paragraph_ = text;
    paragraph_line_ = line_;
    EndParagraph();
  }

  void Code(std::string_view line) {
    const std::string_view trimmed = Trim(line);
    const bool deeper =
        line.starts_with(' ') && (trimmed.starts_with('[') || trimmed.starts_with('-'));
    if (code_.empty() || !(code_.ends_with('\\') || deeper)) {
      EndCode();
      code_line_ = line_;
      code_ = line;
      return;
    }
    if (code_.ends_with('\\')) code_.pop_back();
    code_.append(" ").append(trimmed);
  }

  void EndCode() {
    std::string_view line = Trim(code_);
    if (line.starts_with("$ ")) line.remove_prefix(2);
    if (!line.empty()) AddCommandLine(file_, code_line_, line, page_.passages);
    code_.clear();
  }

  // Spans become passages of their own and leave blanks in the text.
  void EndParagraph() {
    if (paragraph_.empty()) return;
    std::string text = paragraph_;
    for (size_t i = 0; i < text.size();) {
      if (text[i] == '\\' && i + 1 < text.size() &&
          std::ispunct(static_cast<unsigned char>(text[i + 1])) != 0) {
        text[i] = text[i + 1] = ' ';
        i += 2;
        continue;
      }
      if (text[i] != '`') {
        ++i;
        continue;
      }
      const size_t size = RunOf('`', std::string_view(text).substr(i));
      const size_t close = FindRun(text, i + size, size);
      if (close == text.npos) {
        i += size;
        continue;
      }
      std::string span = text.substr(i + size, close - i - size);
      std::replace(span.begin(), span.end(), '\n', ' ');
      page_.passages.push_back({file_, LineAt(text, i), Form::kSpan, std::string(Trim(span))});
      for (; i < close + size; ++i)
        if (text[i] != '\n') text[i] = ' ';
    }
    Links(text);
    page_.passages.push_back({file_, paragraph_line_, Form::kProse, std::move(text)});
    paragraph_.clear();
  }

  // Reads [text](target "title") and [name]: target, and leaves the targets out of the text.
  void Links(std::string& text) {
    const size_t name = text.starts_with('[') ? text.find("]: ") : text.npos;
    if (name != text.npos && name < text.find('\n')) AddLink(text, name + 3, text.size());
    for (size_t at = text.find("]("); at != text.npos; at = text.find("](", at + 2)) {
      size_t depth = 1;
      size_t end = at + 2;
      for (; end < text.size(); ++end) {
        if (text[end] == '(') ++depth;
        if (text[end] == ')' && --depth == 0) break;
      }
      if (end < text.size() && text.rfind('[', at) != text.npos) AddLink(text, at + 2, end);
    }
  }

  void AddLink(std::string& text, size_t begin, size_t end) {
    const std::vector<std::string_view> words =
        Split(std::string_view(text).substr(begin, end - begin), " \n");
    if (!words.empty())
      page_.links.push_back({LineAt(text, begin), std::string(Trim(words.front(), "<>"))});
    for (size_t i = begin; i < end; ++i)
      if (text[i] != '\n') text[i] = ' ';
  }

  static size_t FindRun(std::string_view text, size_t at, size_t size) {
    for (at = text.find('`', at); at != text.npos; at = text.find('`', at)) {
      const size_t run = RunOf('`', text.substr(at));
      if (run == size) return at;
      at += run;
    }
    return text.npos;
  }

  size_t LineAt(std::string_view text, size_t at) const {
    return paragraph_line_ + static_cast<size_t>(std::count(
                                 text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
  }

  const std::string& file_;
  size_t line_ = 0;
  std::string fence_;  // what closes the fenced code we are in
  size_t fence_indent_ = 0;
  std::vector<size_t> lists_;  // where the text of each list item begins that we are in
  std::string paragraph_;
  size_t paragraph_line_ = 0;
  std::string code_;
  size_t code_line_ = 0;
  std::map<std::string, size_t> headings_;
  MarkdownPage page_;
};

}  // namespace

MarkdownPage ReadMarkdown(const std::string& file, std::string_view text) {
  return Reader(file).Read(text);
}

std::string AnchorOf(std::string_view heading) {
  std::string text(Trim(Trim(heading, "#")));
  for (size_t open; (open = text.find("](")) != text.npos;) {
    const size_t close = std::min(text.find(')', open), text.size() - 1);
    text.erase(open, close - open + 1);
  }
  std::string anchor;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      anchor += '-';
    else if (c == '-' || c == '_' || byte >= 0x80 || std::isalnum(byte) != 0)
      anchor += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
  }
  return anchor;
}

}  // namespace pidigree
