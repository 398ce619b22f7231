#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/config/config.h"

namespace pidigree {

// Checks that `text`, as DecodeXml() makes it, is a well-formed XML 1.0 document without a document
// type declaration and within the bounds of config.h, and stores it in `checked` in a form that
// tinyxml2 reads without loss and with the same line numbers. Returns the first error, nullopt if
// there is none.
//
// tinyxml2 alone takes much for XML that is not (unknown entities, several roots, text before
// them), refuses processing instructions inside elements, and drops the blanks before CDATA and
// those that are all of an element's text: docs/adr/0008-xml-is-checked-first.md.
//
// Source: XML 1.0 (fifth edition), sections 2.1 to 2.8, 3.1 and 4.1. Names may hold any character
// beyond ASCII: the language knows no such name, so none gets far.
std::optional<ConfigMessage> CheckXml(std::string_view text, std::string& checked);

}  // namespace pidigree
