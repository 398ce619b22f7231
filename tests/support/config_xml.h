#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/plain_rules.h"
#include "tests/support/random.h"

namespace pidigree {

// The characters of `utf8`, which must be valid, and back.
std::u32string DecodeUtf8(std::string_view utf8);
std::string EncodeUtf8(std::u32string_view text);

enum class XmlEncoding : uint8_t {
  kUtf8,
  kUtf8Mark,  // ...Mark: with a byte order mark
  kUtf16Le,
  kUtf16LeMark,
  kUtf16Be,
  kUtf16BeMark,
  kLatin1,  // ISO-8859-1, declared
};

// The bytes of an XML document. For kLatin1 the text must have no character above U+00FF.
std::string EncodeXml(std::string_view utf8, XmlEncoding encoding);

// `configuration` as an XML document in UTF-8, spelt in the plainest way.
std::string PlainXml(const PlainConfiguration& configuration);

// `configuration` as an XML document in `encoding`, spelt in one of the many ways that XML 1.0 and
// the configuration language have for the same thing: quotes, entities, character references,
// CDATA, comments, line ends, blanks between tags, empty elements, absent or empty attributes,
// onmatch or default, "4.1" or "4.10", one RuleGroup for several blocks or one for each, options in
// between.
std::string VariedXml(const PlainConfiguration& configuration, XmlEncoding encoding,
                      Random& random);

}  // namespace pidigree
