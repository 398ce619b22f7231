#include "tests/advice/passage.h"

#include <algorithm>

namespace pidigree {

void AddWithSpans(const Passage& passage, std::vector<Passage>& passages) {
  passages.push_back(passage);
  const std::string_view text = passage.text;
  for (size_t open = text.find('`'); open != text.npos;) {
    const size_t close = text.find('`', open + 1);
    if (close == text.npos) break;
    Passage span = passage;
    span.form = Form::kSpan;
    span.text = text.substr(open + 1, close - open - 1);
    if (passage.form != Form::kMessage) {
      span.line += static_cast<size_t>(
          std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(open), '\n'));
    }
    passages.push_back(std::move(span));
    open = text.find('`', close + 1);
  }
}

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (size_t at = text.find_first_not_of(separators); at != text.npos;) {
    const size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return parts;
}

std::string_view NextLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view Trim(std::string_view text, std::string_view characters) {
  const size_t begin = text.find_first_not_of(characters);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(characters) - begin + 1);
}

}  // namespace pidigree
