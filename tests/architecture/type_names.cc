#include "tests/architecture/type_names.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <map>
#include <utility>

#include "tests/architecture/code_token.h"

namespace pidigree {
namespace {

// A declaration as far as it has been read; what stands in brackets is one token.
using Statement = std::vector<CodeToken>;

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsClassKey(const CodeToken& token) {
  return token.IsWord() && IsOneOf(token.text, {"class", "struct", "union", "enum"});
}

std::string_view TextAt(const Statement& statement, size_t i) {
  return i < statement.size() ? statement[i].text : std::string_view();
}

bool IsWordAt(const Statement& statement, size_t i) {
  return i < statement.size() && statement[i].IsWord();
}

bool IsGroupAt(const Statement& statement, size_t i, char bracket) {
  return i < statement.size() && statement[i].kind == CodeToken::Kind::kGroup &&
         statement[i].text.starts_with(bracket);
}

// The change of depth within `<` and `>` by the token at `i`.
int AngleAt(const Statement& statement, size_t i) {
  if (statement[i].kind != CodeToken::Kind::kMark) return 0;
  if (statement[i].text == ">") return -1;
  if (statement[i].text != "<" || i == 0) return 0;
  const bool opens = statement[i - 1].text == "template" ||
                     (statement[i - 1].IsWord() && !statement[i].after_blank);
  return opens ? 1 : 0;
}

std::string Spelling(const Statement& statement, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin && IsWordAt(statement, i) && IsWordAt(statement, i - 1)) text += ' ';
    text += statement[i].text;
  }
  return text;
}

// What stands before the body of a type.
struct TypeHead {
  std::string name{};  // empty: it has none
  size_t line = 0;
  bool is_enum = false;
  bool is_open = false;  // ends among template arguments: the bracket that follows is one of them
};

// Attributes, and macros that stand for them, from `i` on.
size_t EndOfAttributes(const Statement& statement, size_t i) {
  const auto is_macro = [](std::string_view word) {
    return word.size() > 1 && std::none_of(word.begin(), word.end(),
                                           [](unsigned char c) { return std::islower(c) != 0; });
  };
  for (;;) {
    const bool word = IsWordAt(statement, i);
    const std::string_view text = TextAt(statement, i);
    if (IsGroupAt(statement, i, '[')) {
      ++i;
    } else if (word && IsGroupAt(statement, i + 1, '(') &&
               (is_macro(text) || IsOneOf(text, {"alignas", "__attribute__"}))) {
      i += 2;
    } else if (word && is_macro(text) && IsWordAt(statement, i + 1) &&
               TextAt(statement, i + 1) != "final") {
      ++i;
    } else {
      return i;
    }
  }
}

// The end of the arguments whose `<` stands at `i`; 0: they do not end.
size_t EndOfArguments(const Statement& statement, size_t i) {
  int angles = 1;
  for (++i; i < statement.size(); ++i) {
    angles += AngleAt(statement, i);
    if (angles == 0) return i + 1;
  }
  return 0;
}

// The type that `statement` defines if a brace follows and the class-key that counts is at `key`.
std::optional<TypeHead> HeadAt(const Statement& statement, size_t key) {
  TypeHead head{.is_enum = statement[key].text == "enum"};
  size_t i = key + 1;
  if (head.is_enum && IsOneOf(TextAt(statement, i), {"class", "struct"})) ++i;
  i = EndOfAttributes(statement, i);
  head.line = i < statement.size() ? statement[i].line : statement[key].line;

  const size_t name = TextAt(statement, i) == "::" ? ++i : i;
  while (IsWordAt(statement, i)) {
    ++i;
    if (i < statement.size() && AngleAt(statement, i) > 0) {
      i = EndOfArguments(statement, i);
      if (i == 0) return TypeHead{.is_open = true};
    }
    if (TextAt(statement, i) != "::") break;
    ++i;
  }
  head.name = Spelling(statement, name, i);

  if (TextAt(statement, i) == "final") ++i;
  if (i == statement.size()) return head;
  if (TextAt(statement, i) != ":") return std::nullopt;
  int angles = 0;  // of the bases
  for (; i < statement.size(); ++i) angles += AngleAt(statement, i);
  head.is_open = angles > 0;
  return head;
}

// The type whose body the brace behind `statement` opens, if it does.
std::optional<TypeHead> HeadOf(const Statement& statement) {
  int angles = 0;
  for (size_t i = 0; i < statement.size(); ++i) {
    angles = std::max(angles + AngleAt(statement, i), 0);
    if (angles > 0 || !IsClassKey(statement[i])) continue;
    if (i > 0 && statement[i - 1].text == "->") continue;
    if (auto head = HeadAt(statement, i)) return head;
  }
  return std::nullopt;
}

// "a::b" of `namespace a::inline b`, empty for an unnamed one; nullopt: `statement` begins none.
std::optional<std::string> NamespaceOf(const Statement& statement) {
  const auto key = std::find_if(statement.begin(), statement.end(),
                                [](const CodeToken& token) { return token.text == "namespace"; });
  if (key == statement.end()) return std::nullopt;
  std::string name;
  size_t i = EndOfAttributes(statement, static_cast<size_t>(key - statement.begin()) + 1);
  for (; i < statement.size(); ++i) {
    if (IsGroupAt(statement, i + 1, '(')) break;  // an attribute behind the name
    if (statement[i].text != "inline") name += statement[i].text;
  }
  return name;
}

bool IsLinkage(const Statement& statement) {
  const size_t size = statement.size();
  return size >= 2 && statement[size - 2].text == "extern" &&
         statement[size - 1].kind == CodeToken::Kind::kLiteral;
}

class Reader {
 public:
  // `code` has no comments and outlives the reader.
  explicit Reader(std::string_view code) : tokens_(CodeTokens(code)) {}

  std::optional<std::vector<TypeDefinition>> Read() {
    for (size_t i = 0; i < tokens_.size() && matched_;) {
      const std::string_view text = tokens_[i].text;
      if (text == "{") {
        i = ReadBrace(i);
      } else if (text == "(" || text == "[") {
        i = ReadGroup(i);
      } else if (text == "}" || text == ")" || text == "]") {
        matched_ = text == "}" && !scopes_.empty();
        if (matched_) scopes_.pop_back();
        statement_.clear();
        ++i;
      } else {
        statement_.push_back(tokens_[i++]);
        if (text == ";") statement_.clear();
      }
    }
    if (!matched_ || !scopes_.empty()) return std::nullopt;
    return std::move(types_);
  }

 private:
  // Behind the bracket that closes the one at `open`.
  size_t EndOfGroup(size_t open) {
    std::string closing;
    for (size_t i = open; i < tokens_.size(); ++i) {
      const char c = tokens_[i].text.front();
      if (c == '{') closing += '}';
      if (c == '(') closing += ')';
      if (c == '[') closing += ']';
      if (c != '}' && c != ')' && c != ']') continue;
      if (c != closing.back()) break;
      closing.pop_back();
      if (closing.empty()) return i + 1;
    }
    matched_ = false;
    return tokens_.size();
  }

  size_t ReadGroup(size_t open) {
    const size_t end = EndOfGroup(open);
    CodeToken group = tokens_[open];
    group.kind = CodeToken::Kind::kGroup;
    const std::string_view last = tokens_[end - 1].text;
    group.text = {group.text.data(),
                  static_cast<size_t>(last.data() + last.size() - group.text.data())};
    statement_.push_back(group);
    return end;
  }

  size_t ReadBrace(size_t open) {
    if (IsLinkage(statement_)) return Enter("", open);
    if (const auto name = NamespaceOf(statement_)) {
      return name->empty() ? Skip(open) : Enter(*name, open);
    }
    const std::optional<TypeHead> head = HeadOf(statement_);
    if (!head) return Skip(open);
    if (head->is_open) return ReadGroup(open);
    if (head->name.empty()) return SkipUnnamed(open);
    types_.push_back({Scope() + head->name, head->line});
    return head->is_enum ? Skip(open) : Enter(head->name, open);
  }

  // Bodies of functions, initializers, enumerators.
  size_t Skip(size_t open) {
    statement_.clear();
    return EndOfGroup(open);
  }

  // `typedef struct {} X` names its type for all files, any other declaration of it a variable.
  size_t SkipUnnamed(size_t open) {
    const bool is_typedef = statement_.front().text == "typedef";
    const size_t end = Skip(open);
    if (is_typedef && end < tokens_.size() && tokens_[end].IsWord())
      types_.push_back({Scope() + std::string(tokens_[end].text), tokens_[end].line});
    return end;
  }

  size_t Enter(const std::string& name, size_t open) {
    scopes_.push_back(name.empty() ? Scope() : Scope() + name + "::");
    statement_.clear();
    return open + 1;
  }

  std::string Scope() const { return scopes_.empty() ? "" : scopes_.back(); }

  const std::vector<CodeToken> tokens_;
  Statement statement_;
  std::vector<std::string> scopes_;  // each with all around it
  std::vector<TypeDefinition> types_;
  bool matched_ = true;
};

}  // namespace

std::optional<std::vector<TypeDefinition>> DefinedTypes(std::string_view code) {
  const std::string stripped = StripComments(code);
  return Reader(stripped).Read();
}

std::vector<std::string> CheckTypeNames(const SourceTree& tree) {
  struct Place {
    std::string path;
    size_t line = 0;
  };
  std::map<std::string, Place> first;
  std::vector<std::string> violations;
  for (const auto& [path, content] : tree) {
    if (path.ends_with(".c")) continue;
    const auto types = DefinedTypes(content);
    if (!types) {
      violations.push_back(path + ": brackets do not match, so its types are unknown");
      continue;
    }
    for (const TypeDefinition& type : *types) {
      const Place& other = first.try_emplace(type.name, Place{path, type.line}).first->second;
      if (other.path == path) continue;
      violations.push_back(other.path + ":" + std::to_string(other.line) + " and " + path + ":" +
                           std::to_string(type.line) + " both define " + type.name);
    }
  }
  return violations;
}

}  // namespace pidigree
