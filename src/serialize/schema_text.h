#pragma once

#include <cstdint>
#include <string>

namespace pidigree {

enum class SchemaFormat : uint8_t {
  kSysmon,    // XML of the form that `sysmon -s` prints, for tools that read that
  kJson,      // one object with events, conditions and options, and what each means
  kMarkdown,  // docs/events.md
};

// The whole schema (schema/*.h) as text that ends in a newline.
std::string SchemaText(SchemaFormat format);

}  // namespace pidigree
