#include "tests/support/config_xml.h"

#include <cstdio>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

// Writes a configuration as XML. Without a source of chance each choice falls on its first way.
class XmlWriter {
 public:
  XmlWriter(Random* random, bool latin1) : random_(random), latin1_(latin1) {}

  std::string Write(const PlainConfiguration& configuration, const std::string& encoding_name);

 private:
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  bool Chance(size_t percent) { return random_ != nullptr && random_->Percent(percent); }
  // One of the texts; the first if nothing is left to chance.
  std::string One(const std::vector<std::string>& ways) {
    return random_ == nullptr ? ways.front() : random_->Pick(ways);
  }

  std::string Comment();
  std::string Gap();  // what may stand between two elements
  std::string Reference(char32_t c);
  std::string Escaped(char32_t c, bool after_bracket);
  std::string CData(std::u32string_view piece);
  std::string Value(const std::string& value);
  std::string AttributeValue(const std::string& value);
  std::string Tag(const std::string& name, Attributes attributes, bool empty);
  std::string Element(const std::string& name, const Attributes& attributes,
                      const std::string& content);
  std::string Filter(const PlainFilter& filter);
  std::string Rule(const PlainRule& rule);
  std::string Block(const PlainBlock& block);
  std::string Option();
  void AddName(const std::string& name, Attributes& attributes);

  Random* random_;
  bool latin1_;  // characters above U+00FF need a reference
};

// What is no part of any text: comments, and instructions to other programs.
std::string XmlWriter::Comment() {
  return One({"<!-- note -->", "<!---->", "<!-- <Image condition=\"is\">/bin/sh</Image> -->",
              "<!-- ]]> &nothing; <Rule> -->", "<!--\n  two lines\n-->", "<!-- - -->",
              "<?editor fold?>"});
}

std::string XmlWriter::Gap() {
  std::string gap = One({"\n", "", "  ", "\r\n", "\n\t\n"});
  if (Chance(6)) gap += Comment() + One({"", "\n"});
  return gap;
}

std::string XmlWriter::Reference(char32_t c) {
  char text[24];
  const char* const form =
      random_ == nullptr ? "&#%u;" : random_->Pick<const char*>({"&#%u;", "&#x%x;", "&#x%04X;"});
  std::snprintf(text, sizeof text, form, static_cast<unsigned>(c));
  return text;
}

// A character outside CDATA. `after_bracket`: a ']' stands before it.
std::string XmlWriter::Escaped(char32_t c, bool after_bracket) {
  if (c == '&') return One({"&amp;", "&#38;", "&#x26;"});
  if (c == '<') return One({"&lt;", "&#60;", "&#x3c;"});
  if (c == '>') return after_bracket ? "&gt;" : One({"&gt;", ">", "&#62;"});
  if (c == '"') return One({"&quot;", "\"", "&#34;"});
  if (c == '\'') return One({"'", "&apos;", "&#39;"});
  if (c == '\r') return One({"&#13;", "&#xD;"});  // a bare one is read as a line feed
  if (c == '\n') return One({"\n", "\r\n", "&#10;"});
  if (c == '\t') return One({"\t", "&#9;"});
  if ((latin1_ && c > 0xff) || Chance(3)) return Reference(c);
  return EncodeUtf8({&c, 1});
}

std::string XmlWriter::CData(std::u32string_view piece) {
  return "<![CDATA[" + EncodeUtf8(piece) + "]]>";
}

std::string XmlWriter::Value(const std::string& value) {
  const std::u32string text = DecodeUtf8(value);
  std::string xml;
  if (Chance(3)) xml += One({"<!-- note -->", "<![CDATA[]]>"});
  size_t i = 0;
  while (i < text.size()) {
    // A piece of any length, in one of the two forms. What CDATA cannot hold ends it.
    const size_t rest = text.size() - i;
    const size_t length = Chance(20) ? random_->Between(1, rest) : rest;
    const size_t end = i + length;
    if (Chance(12)) {
      std::u32string piece;
      while (i < end && text[i] != '\r' && !(latin1_ && text[i] > 0xff) &&
             !(text[i] == '>' && piece.ends_with(U"]]")))
        piece += text[i++];
      xml += CData(piece);
      if (i < text.size()) {
        xml += Escaped(text[i], true);
        ++i;
      }
    } else {
      for (; i < end; ++i) xml += Escaped(text[i], i > 0 && text[i - 1] == ']');
    }
    if (i < text.size() && Chance(10)) xml += Comment();
  }
  if (Chance(2)) xml += Comment();
  return xml;
}

std::string XmlWriter::AttributeValue(const std::string& value) {
  const char quote = Chance(25) ? '\'' : '"';
  std::string xml(1, quote);
  for (const char32_t c : DecodeUtf8(value)) {
    if (c == '"' || c == '\'') {
      xml += c == static_cast<char32_t>(quote) ? (quote == '"' ? "&quot;" : "&apos;")
                                               : std::string(1, static_cast<char>(c));
    } else if (c == '\n' || c == '\t' || c == '\r') {
      xml += Reference(c);  // bare ones are read as blanks
    } else {
      xml += Escaped(c, false);
    }
  }
  return xml + quote;
}

std::string XmlWriter::Tag(const std::string& name, Attributes attributes, bool empty) {
  std::string xml = "<" + name;
  while (!attributes.empty()) {
    const size_t i = random_ == nullptr ? 0 : random_->Below(attributes.size());
    xml += One({" ", "  ", "\n    ", "\t"}) + attributes[i].first;
    xml += One({"=", "=", "=", " = ", "\n="}) + AttributeValue(attributes[i].second);
    attributes.erase(attributes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return xml + One({"", "", " ", "\n"}) + (empty ? "/>" : ">");
}

std::string XmlWriter::Element(const std::string& name, const Attributes& attributes,
                               const std::string& content) {
  if (content.empty() && !Chance(50)) return Tag(name, attributes, true);
  return Tag(name, attributes, false) + content + "</" + name + One({"", "", " ", "\n"}) + ">";
}

void XmlWriter::AddName(const std::string& name, Attributes& attributes) {
  if (!name.empty() || Chance(15)) attributes.emplace_back("name", name);
}

std::string XmlWriter::Filter(const PlainFilter& filter) {
  Attributes attributes;
  AddName(filter.name, attributes);
  if (!filter.condition.empty() || Chance(30))
    attributes.emplace_back("condition", filter.condition);
  return Element(filter.field, attributes, Value(filter.value));
}

std::string XmlWriter::Rule(const PlainRule& rule) {
  Attributes attributes;
  AddName(rule.name, attributes);
  if (!rule.relation.empty()) attributes.emplace_back("groupRelation", rule.relation);
  std::string content;
  for (const PlainFilter& filter : rule.filters) content += Gap() + Filter(filter);
  return Element("Rule", attributes, content.empty() && !Chance(30) ? "" : content + Gap());
}

std::string XmlWriter::Block(const PlainBlock& block) {
  Attributes attributes;
  if (Chance(5)) {
    attributes.emplace_back("default", block.include ? "exclude" : "include");
  } else {
    attributes.emplace_back("onmatch", block.include ? "include" : "exclude");
  }
  std::string content;
  for (const PlainItem& item : block.items) {
    const PlainFilter* filter = std::get_if<PlainFilter>(&item);
    content += Gap() + (filter != nullptr ? Filter(*filter) : Rule(std::get<PlainRule>(item)));
  }
  return Element(block.event, attributes, content.empty() && !Chance(30) ? "" : content + Gap());
}

std::string XmlWriter::Option() {
  return One({"<HashAlgorithms>*</HashAlgorithms>", "<HashAlgorithms>sha256,MD5</HashAlgorithms>",
              "<CheckRevocation/>", "<DnsLookup>False</DnsLookup>",
              "<FieldSizes>CommandLine:100,Image:20</FieldSizes>"});
}

std::string XmlWriter::Write(const PlainConfiguration& configuration,
                             const std::string& encoding_name) {
  std::string xml;
  if (!encoding_name.empty()) {
    xml += "<?xml version=\"1.0\" encoding=\"" + encoding_name + "\"" +
           One({"", " standalone=\"yes\"", " "}) + "?>";
    xml += One({"\n", "", "\n<!-- rules -->\n"});
  } else {
    xml += One({"", "", "<?xml version='1.0'?>\n", "\n", "<!-- rules -->\n"});
  }

  char version[8];
  std::snprintf(version, sizeof version, "4.%02d", configuration.minor);
  if (configuration.minor % 10 == 0 && Chance(50)) version[3] = '\0';  // 4.1 is 4.10
  xml += Tag("Sysmon", {{"schemaversion", version}}, false) + Gap();
  const size_t option_percent = 20;
  if (Chance(option_percent)) xml += Option() + Gap();

  xml += Tag("EventFiltering", {}, false) + Gap();
  const auto& blocks = configuration.blocks;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i > 0 && Chance(8)) {
      xml += "</EventFiltering>" + Gap();
      xml += Tag("EventFiltering", {}, false) + Gap();
    }
    const PlainBlock& block = blocks[i];
    if (block.relation.empty()) {
      xml += Block(block) + Gap();
      continue;
    }
    Attributes attributes;
    AddName(block.group_name, attributes);
    attributes.emplace_back("groupRelation", block.relation);
    std::string content = Gap() + Block(block) + Gap();
    while (i + 1 < blocks.size() && blocks[i + 1].relation == block.relation &&
           blocks[i + 1].group_name == block.group_name && Chance(50))
      content += Block(blocks[++i]) + Gap();
    xml += Element("RuleGroup", attributes, content) + Gap();
  }
  if (Chance(3)) xml += "<RuleGroup groupRelation=\"or\"/>";
  xml += "</EventFiltering>" + Gap() + "</Sysmon>";
  return xml + One({"\n", "", "\n\n<!-- end -->", "  \r\n"});
}

void AppendUtf16(char32_t unit, bool big_endian, std::string& out) {
  const char high = static_cast<char>(unit >> 8);
  const char low = static_cast<char>(unit & 0xff);
  out += big_endian ? high : low;
  out += big_endian ? low : high;
}

std::string EncodeUtf16(std::u32string_view text, bool big_endian, bool mark) {
  std::string out;
  if (mark) AppendUtf16(0xfeff, big_endian, out);
  for (const char32_t c : text) {
    if (c < 0x10000) {
      AppendUtf16(c, big_endian, out);
    } else {
      AppendUtf16(0xd800 + ((c - 0x10000) >> 10), big_endian, out);
      AppendUtf16(0xdc00 + ((c - 0x10000) & 0x3ff), big_endian, out);
    }
  }
  return out;
}

}  // namespace

std::u32string DecodeUtf8(std::string_view utf8) {
  std::u32string text;
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length; ++k)
      c = c << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fu);
    text += c;
    i += length;
  }
  return text;
}

std::string EncodeUtf8(std::u32string_view text) {
  std::string utf8;
  for (const char32_t c : text) {
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
      continue;
    }
    const int following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const char32_t lead = following == 1 ? 0xc0 : following == 2 ? 0xe0 : 0xf0;
    utf8 += static_cast<char>(lead | c >> (6 * following));
    for (int k = following - 1; k >= 0; --k)
      utf8 += static_cast<char>(0x80 | (c >> (6 * k) & 0x3f));
  }
  return utf8;
}

std::string EncodeXml(std::string_view utf8, XmlEncoding encoding) {
  switch (encoding) {
    case XmlEncoding::kUtf8:
      return std::string(utf8);
    case XmlEncoding::kUtf8Mark:
      return "\xef\xbb\xbf" + std::string(utf8);
    case XmlEncoding::kUtf16Le:
      return EncodeUtf16(DecodeUtf8(utf8), false, false);
    case XmlEncoding::kUtf16LeMark:
      return EncodeUtf16(DecodeUtf8(utf8), false, true);
    case XmlEncoding::kUtf16Be:
      return EncodeUtf16(DecodeUtf8(utf8), true, false);
    case XmlEncoding::kUtf16BeMark:
      return EncodeUtf16(DecodeUtf8(utf8), true, true);
    case XmlEncoding::kLatin1:
      break;
  }
  std::string latin1;
  for (const char32_t c : DecodeUtf8(utf8)) latin1 += static_cast<char>(c);
  return latin1;
}

std::string PlainXml(const PlainConfiguration& configuration) {
  return XmlWriter(nullptr, false).Write(configuration, "");
}

std::string VariedXml(const PlainConfiguration& configuration, XmlEncoding encoding,
                      Random& random) {
  std::string name;  // of the encoding as declared; empty: not declared
  switch (encoding) {
    case XmlEncoding::kUtf8:
    case XmlEncoding::kUtf8Mark:
      if (random.OneIn(2)) name = random.Pick<std::string>({"UTF-8", "utf-8"});
      break;
    case XmlEncoding::kUtf16Le:
    case XmlEncoding::kUtf16LeMark:
    case XmlEncoding::kUtf16Be:
    case XmlEncoding::kUtf16BeMark:
      name = random.Pick<std::string>({"UTF-16", "utf-16"});
      break;
    case XmlEncoding::kLatin1:
      name = random.Pick<std::string>({"ISO-8859-1", "iso-8859-1"});
      break;
  }
  XmlWriter writer(&random, encoding == XmlEncoding::kLatin1);
  return EncodeXml(writer.Write(configuration, name), encoding);
}

}  // namespace pidigree
