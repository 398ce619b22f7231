#include "src/config/xml_check.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/base/ascii.h"
#include "src/base/parse_number.h"
#include "src/config/message_list.h"
#include "src/config/xml_decode.h"

namespace pidigree {
namespace {

constexpr std::string_view kBlanks = " \t\n";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsNameCharacter(char c) {
  return IsNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

class Checker {
 public:
  Checker(std::string_view text, std::string& checked) : text_(text), checked_(checked) {
    checked_.clear();
    checked_.reserve(text.size() + text.size() / 8);
  }

  std::optional<ConfigMessage> Run() {
    if (Document()) return std::nullopt;
    const auto lines = std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(at_), '\n');
    return ConfigMessage{static_cast<uint32_t>(lines + 1), std::move(error_)};
  }

 private:
  // All return false after Refuse(): at_ is then where the error is.
  bool Refuse(std::string what) {
    error_ = std::move(what);
    return false;
  }
  bool RefuseAt(size_t at, std::string what) {
    at_ = at;
    return Refuse(std::move(what));
  }

  std::string_view rest() const { return text_.substr(at_); }
  bool AtEnd() const { return at_ == text_.size(); }
  bool Sees(std::string_view what) const { return rest().starts_with(what); }
  size_t SkipBlanks() {
    const size_t from = at_;
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    return at_ - from;
  }
  // Copies the text since `from`.
  void Keep(size_t from) { checked_ += text_.substr(from, at_ - from); }
  // Keeps only the line endings of the text since `from`.
  void KeepLines(size_t from) {
    checked_.append(
        static_cast<size_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(from),
                                       text_.begin() + static_cast<ptrdiff_t>(at_), '\n')),
        '\n');
  }

  // Blanks in attribute values become spaces, as XML wants it; line ends move behind the value.
  void KeepTag(std::string_view tag) {
    char quote = '\0';
    size_t lines = 0;
    for (const char c : tag) {
      if (quote == '\0') {
        if (c == '"' || c == '\'') quote = c;
        checked_ += c;
        continue;
      }
      lines += c == '\n' ? 1 : 0;
      checked_ += IsBlank(c) ? ' ' : c;
      if (c != quote) continue;
      checked_.append(lines, '\n');
      lines = 0;
      quote = '\0';
    }
  }

  bool Document() {
    if (Sees("<?xml") && at_ + 5 < text_.size() && IsBlank(text_[5]) && !Declaration())
      return false;
    while (true) {
      const size_t from = at_;
      SkipBlanks();
      Keep(from);
      if (AtEnd()) break;
      if (text_[at_] != '<' || Sees("<![CDATA["))
        return Refuse(root_seen_ ? "text after the end of the root element; expected nothing more"
                                 : "text before the root element; expected <Sysmon>");
      if (Sees("<!") || Sees("<?")) {
        if (!CommentOrInstruction()) return false;
      } else {
        if (root_seen_) return Refuse("a second root element; expected nothing more");
        root_seen_ = true;
        if (!Element()) return false;
      }
    }
    if (!root_seen_)
      return Refuse(text_.find_first_not_of(kBlanks) == text_.npos
                        ? "the file is empty; expected <Sysmon>"
                        : "the file has no root element; expected <Sysmon>");
    return true;
  }

  // <?xml version="1.0" encoding=".." standalone=".."?>; left out of `checked`.
  bool Declaration() {
    const size_t from = at_;
    at_ += 5;
    constexpr std::string_view kNames[] = {"version", "encoding", "standalone"};
    size_t next = 0;
    while (true) {
      const bool blanks = SkipBlanks() > 0;
      if (Sees("?>")) break;
      std::string_view name, value;
      if (!blanks || !Attribute(name, value))
        return RefuseAt(from,
                        "the XML declaration is malformed; expected <?xml version=\"1.0\" "
                        "encoding=\"UTF-8\"?>");
      while (next < std::size(kNames) && kNames[next] != name) ++next;
      const bool has_version = next == 0 || version_seen_;
      if (next == std::size(kNames) || !has_version)
        return RefuseAt(from,
                        "the XML declaration is malformed; expected <?xml version=\"1.0\" "
                        "encoding=\"UTF-8\"?>");
      if (next++ == 0) {
        version_seen_ = true;
        if (value != "1.0") return RefuseAt(from, "unsupported XML version; expected 1.0");
      }
      if (name == "standalone" && value != "yes" && value != "no")
        return RefuseAt(from, "standalone is " + Quote(value) + "; expected yes or no");
    }
    if (!version_seen_) return RefuseAt(from, "the XML declaration has no version; expected 1.0");
    at_ += 2;
    KeepLines(from);
    return true;
  }

  bool CommentOrInstruction() {
    const size_t from = at_;
    if (!CountNode()) return false;
    if (Sees("<!--")) {
      at_ = std::min(text_.find("--", at_ + 4), text_.size());
      if (AtEnd()) return RefuseAt(from, "a comment without its end; expected -->");
      if (!Sees("-->")) return Refuse("\"--\" inside a comment, where XML does not allow it");
      at_ += 3;
      Keep(from);
      return true;
    }
    if (Sees("<!DOCTYPE"))
      return Refuse(
          "a DOCTYPE; expected none, because it can define entities and name other files");
    if (Sees("<!")) return Refuse("malformed markup after \"<!\"; expected a comment or CDATA");
    at_ += 2;
    const std::string_view target = Name();
    if (target.empty() || !(AtEnd() || IsBlank(text_[at_]) || Sees("?>")))
      return RefuseAt(from, "a malformed processing instruction");
    if (EqualsIgnoreCase(target, "xml"))
      return RefuseAt(from, "an XML declaration that is not the very start of the file");
    at_ = text_.find("?>", at_);
    if (at_ == text_.npos)
      return RefuseAt(from, "a processing instruction without its end; expected ?>");
    at_ += 2;
    checked_ += "<!--";  // tinyxml2 knows instructions before the root only
    KeepLines(from);
    checked_ += "-->";
    return true;
  }

  std::string_view Name() {
    const size_t from = at_;
    if (!AtEnd() && IsNameStart(text_[at_]))
      while (!AtEnd() && IsNameCharacter(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

  // The root and all that is in it.
  bool Element() {
    bool after_markup = false;  // what stands before a run of text is not a start tag
    while (true) {
      if (!StartTag(after_markup)) return false;
      while (!open_.empty() &&
             !(Sees("<") && at_ + 1 < text_.size() && IsNameStart(text_[at_ + 1])))
        if (!Content(after_markup)) return false;
      if (open_.empty()) return true;
    }
  }

  bool StartTag(bool& after_markup) {
    const size_t from = at_;
    if (!CountNode()) return false;
    ++at_;
    const std::string_view name = Name();
    if (name.empty()) return RefuseAt(from, "\"<\" that starts no tag; expected &lt; in text");
    std::vector<std::string_view>& seen = attributes_;
    seen.clear();
    while (true) {
      const bool blanks = SkipBlanks() > 0;
      if (AtEnd()) return RefuseAt(from, "the tag <" + Printable(name, 60) + " has no end");
      if (Sees(">") || Sees("/>")) break;
      std::string_view attribute, value;
      if (!blanks) return Refuse("expected a blank between attributes, \">\" or \"/>\"");
      if (!Attribute(attribute, value)) return false;
      if (std::ranges::find(seen, attribute) != seen.end())
        return Refuse("attribute " + Quote(attribute) + " is given twice");
      if (seen.size() == kMaxAttributes) return Refuse("the tag has too many attributes");
      seen.push_back(attribute);
    }
    const bool empty = text_[at_] == '/';
    at_ += empty ? 2 : 1;
    KeepTag(text_.substr(from, at_ - from));
    after_markup = empty;
    if (empty) return true;
    if (open_.size() == kMaxConfigDepth)
      return RefuseAt(from, "elements are nested too deeply; expected at most " +
                                std::to_string(kMaxConfigDepth) + " levels");
    open_.push_back(name);
    return true;
  }

  bool Attribute(std::string_view& name, std::string_view& value) {
    name = Name();
    if (name.empty()) return Refuse("malformed tag; expected an attribute, \">\" or \"/>\"");
    SkipBlanks();
    if (!Sees("=")) return Refuse("attribute " + Quote(name) + " has no value; expected =\"...\"");
    ++at_;
    SkipBlanks();
    if (!Sees("\"") && !Sees("'"))
      return Refuse("the value of attribute " + Quote(name) + " is not quoted");
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == text_.npos)
      return Refuse("the value of attribute " + Quote(name) + " has no closing quote");
    value = text_.substr(at_ + 1, end - at_ - 1);
    if (const size_t bad = value.find('<'); bad != value.npos)
      return RefuseAt(at_ + 1 + bad, "\"<\" in the value of attribute " + Quote(name) +
                                         "; expected &lt;, or the closing quote is missing");
    ++at_;
    if (!References(value)) return false;
    at_ = end + 1;
    return true;
  }

  // Checks the entity and character references in `run`, which stands at at_.
  bool References(std::string_view run) {
    const size_t base = at_;
    for (size_t i = run.find('&'); i != run.npos; i = run.find('&', i + 1)) {
      const size_t end = run.find(';', i);
      const std::string_view name =
          end == run.npos || end - i > 40 ? std::string_view() : run.substr(i + 1, end - i - 1);
      if (name.empty()) return RefuseAt(base + i, "\"&\" that starts no reference; expected &amp;");
      if (name[0] == '#') {
        const bool hex = name.size() > 1 && name[1] == 'x';
        const std::string_view digits = name.substr(hex ? 2 : 1);
        uint32_t code = 0;
        if (!ParseNumber(digits, code, hex ? 16 : 10) || !IsXmlCharacter(code))
          return RefuseAt(base + i, "&" + Printable(name, 60) + "; is no character XML allows");
        continue;
      }
      constexpr std::string_view kEntities[] = {"amp", "lt", "gt", "quot", "apos"};
      if (std::ranges::find(kEntities, name) == std::end(kEntities))
        return RefuseAt(base + i, "unknown entity &" + Printable(name, 60) +
                                      ";; expected &amp; &lt; &gt; &quot; &apos; or a number");
    }
    return true;
  }

  // A piece of an open element's content, but no start tag.
  bool Content(bool& after_markup) {
    const size_t from = at_;
    if (AtEnd())
      return Refuse("the file ends inside <" + Printable(open_.back(), 60) + ">; expected </" +
                    Printable(open_.back(), 60) + ">");
    if (text_[at_] != '<') return Text(after_markup);
    if (Sees("</")) {
      after_markup = true;
      return EndTag();
    }
    if (!Sees("<!") && !Sees("<?"))
      return Refuse("\"<\" that starts no tag; expected &lt; in text");
    if (!Sees("<![CDATA[")) return CommentOrInstruction();
    if (!CountNode()) return false;
    at_ = text_.find("]]>", at_);
    if (at_ == text_.npos) return RefuseAt(from, "CDATA without its end; expected ]]>");
    at_ += 3;
    Keep(from);
    return true;
  }

  bool EndTag() {
    const size_t from = at_;
    at_ += 2;
    const std::string_view name = Name();
    SkipBlanks();
    if (name != open_.back() || !Sees(">"))
      return RefuseAt(from, "expected </" + Printable(open_.back(), 60) + ">, found </" +
                                Printable(name, 60) + (Sees(">") ? ">" : ""));
    ++at_;
    Keep(from);
    open_.pop_back();
    return true;
  }

  bool Text(bool after_markup) {
    const size_t from = at_;
    const size_t end = std::min(text_.find('<', at_), text_.size());
    const std::string_view run = text_.substr(from, end - from);
    if (const size_t bad = run.find("]]>"); bad != run.npos)
      return RefuseAt(from + bad, "\"]]>\" in text; expected ]]&gt;");
    if (!References(run)) return false;
    at_ = end;
    if (run.find_first_not_of(kBlanks) != run.npos) {
      if (!CountNode()) return false;
      Keep(from);
      return true;
    }
    // Between tags of child elements blanks mean nothing, elsewhere they may be a value.
    const bool before_start_tag = end + 1 < text_.size() && IsNameStart(text_[end + 1]);
    if (after_markup || before_start_tag) {
      Keep(from);
      return true;
    }
    if (!CountNode()) return false;
    checked_ += "<![CDATA[";
    Keep(from);
    checked_ += "]]>";
    return true;
  }

  bool CountNode() {
    if (++nodes_ <= kMaxConfigNodes) return true;
    return Refuse("too many elements, comments and texts; expected at most " +
                  std::to_string(kMaxConfigNodes));
  }

  static constexpr size_t kMaxAttributes = 64;

  std::string_view text_;
  std::string& checked_;
  size_t at_ = 0;
  size_t nodes_ = 0;
  bool root_seen_ = false;
  bool version_seen_ = false;
  std::string error_;
  std::vector<std::string_view> open_;        // names of the open elements, outermost first
  std::vector<std::string_view> attributes_;  // of the tag being read
};

}  // namespace

std::optional<ConfigMessage> CheckXml(std::string_view text, std::string& checked) {
  return Checker(text, checked).Run();
}

}  // namespace pidigree
