#include "tests/advice/cpp_reader.h"

#include <algorithm>
#include <cctype>

namespace pidigree {
namespace {

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Reader {
 public:
  Reader(const std::string& file, std::string_view code, bool messages)
      : file_(file), code_(code), messages_(messages) {}

  std::vector<Passage> Read() {
    while (at_ < code_.size()) Step();
    EndMessage();
    EndComment();
    return std::move(passages_);
  }

 private:
  void Step() {
    const std::string_view rest = code_.substr(at_);
    if (rest.starts_with("//")) {
      Comment(2, std::min(rest.find('\n'), rest.size()), 0);
    } else if (rest.starts_with("/*")) {
      const size_t close = rest.find("*/", 2);
      Comment(2, close == rest.npos ? rest.size() : close, 2);
    } else if (rest.front() == '"') {
      Literal(false);
    } else if (rest.front() == '\'') {
      EndMessage();
      Skip(EndOfQuoted(rest));
    } else if (IsWord(rest.front())) {
      Word(rest);
    } else if (rest.starts_with("#include")) {
      Skip(std::min(rest.find('\n'), rest.size()));
    } else {
      if (std::isspace(static_cast<unsigned char>(rest.front())) == 0) EndMessage();
      Skip(1);
    }
  }

  // A name or a number. Quotes in a number separate its digits.
  void Word(std::string_view rest) {
    const bool number = std::isdigit(static_cast<unsigned char>(rest.front())) != 0;
    size_t size = 1;
    while (size < rest.size() && (IsWord(rest[size]) || (number && rest[size] == '\''))) ++size;
    const std::string_view word = rest.substr(0, size);
    const bool is_literal = rest.substr(size).starts_with('"');
    const std::string_view prefix = word.ends_with('R') ? word.substr(0, word.size() - 1) : word;
    if (is_literal &&
        (prefix.empty() || prefix == "u8" || prefix == "u" || prefix == "U" || prefix == "L")) {
      Skip(size);
      Literal(word.ends_with('R'));
      return;
    }
    EndMessage();
    Skip(size);
  }

  void Literal(bool raw) {
    if (!in_message_) message_line_ = line_;
    in_message_ = true;
    const std::string_view rest = code_.substr(at_);
    if (raw) {
      const size_t open = std::min(rest.find('('), rest.size() - 1);
      const std::string close = ")" + std::string(rest.substr(1, open - 1)) + "\"";
      const size_t end = std::min(rest.find(close, open), rest.size());
      message_ += rest.substr(open + 1, end - open - 1);
      Skip(std::min(end + close.size(), rest.size()));
      return;
    }
    const size_t size = EndOfQuoted(rest);
    for (size_t i = 1; i + 1 < size; ++i) {
      if (rest[i] != '\\') {
        message_ += rest[i];
        continue;
      }
      ++i;
      message_ += rest[i] == 'n' ? '\n' : rest[i] == 't' ? '\t' : rest[i];
    }
    Skip(size);
  }

  void Comment(size_t open, size_t end, size_t close) {
    if (!comment_.empty() && comment_end_ + 1 == line_)
      comment_ += '\n';
    else
      EndComment();
    if (comment_.empty()) comment_line_ = line_;
    const std::string_view text = code_.substr(at_, end);
    comment_ += text.substr(std::min(open, text.size()));
    Skip(std::min(end + close, code_.size() - at_));
    comment_end_ = line_;
  }

  void EndComment() {
    if (!comment_.empty())
      AddWithSpans({file_, comment_line_, Form::kProse, std::move(comment_)}, passages_);
    comment_.clear();
  }

  void EndMessage() {
    if (in_message_ && messages_)
      AddWithSpans({file_, message_line_, Form::kMessage, std::move(message_)}, passages_);
    in_message_ = false;
    message_.clear();
  }

  // Behind the closing quote of what begins with a quote.
  static size_t EndOfQuoted(std::string_view text) {
    size_t i = 1;
    while (i < text.size() && text[i] != text[0] && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text.size());
  }

  void Skip(size_t size) {
    const std::string_view text = code_.substr(at_, size);
    line_ += static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    at_ += size;
  }

  const std::string& file_;
  const std::string_view code_;
  const bool messages_;
  size_t at_ = 0;
  size_t line_ = 1;
  bool in_message_ = false;
  std::string message_;
  size_t message_line_ = 0;
  std::string comment_;
  size_t comment_line_ = 0;
  size_t comment_end_ = 0;
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> ReadCpp(const std::string& file, std::string_view code) {
  return Reader(file, code, true).Read();
}

std::vector<Passage> ReadCppComments(const std::string& file, std::string_view code) {
  return Reader(file, code, false).Read();
}

}  // namespace pidigree
