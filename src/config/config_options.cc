#include "src/config/config_options.h"

#include <algorithm>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/base/ascii.h"
#include "src/base/parse_number.h"
#include "src/base/split.h"
#include "src/config/spelling.h"

namespace pidigree {
namespace {

std::vector<std::string_view> AllFieldNames() {
  std::vector<std::string_view> names;
  for (const EventType* event : kAllEvents)
    for (const Field& field : event->fields) names.push_back(field.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

void ReadHashAlgorithms(std::string_view text, uint32_t line, Config& config, MessageList& errors) {
  HashAlgorithms& chosen = config.hash_algorithms;
  chosen = {};
  if (text == "*" || EqualsIgnoreCase(text, "all")) {
    chosen = {.sha1 = true, .md5 = true, .sha256 = true};
    return;
  }
  for (const std::string_view item : Split(text, ',')) {
    const auto is = [&](std::string_view a, std::string_view b) {
      return EqualsIgnoreCase(item, a) || EqualsIgnoreCase(item, b);
    };
    if (is("sha1", "sha-1")) {
      chosen.sha1 = true;
    } else if (is("md5", "md-5")) {
      chosen.md5 = true;
    } else if (is("sha256", "sha-256")) {
      chosen.sha256 = true;
    } else if (!is("imphash", "imp-hash")) {
      errors.Add(line, "unknown hash algorithm " + Quote(item) +
                           "; expected *, or a list of SHA1, MD5, SHA256 and IMPHASH separated by "
                           "commas, without blanks" +
                           Suggestion(item, {"SHA1", "MD5", "SHA256", "IMPHASH"}));
    }
  }
}

void ReadFieldSizes(std::string_view text, uint32_t line, Config& config, MessageList& errors,
                    MessageList& warnings) {
  const auto names = AllFieldNames();
  for (const std::string_view item : Split(text, ',')) {
    const size_t colon = item.find(':');
    if (colon == item.npos) {
      warnings.Add(line, "FieldSizes: " + Quote(item) + " has no ':' and is ignored");
      continue;
    }
    const std::string_view field = item.substr(0, colon);
    const std::string_view number = item.substr(colon + 1);
    uint32_t size = 0;
    const bool is_number = ParseNumber(number, size);
    if (!std::ranges::binary_search(names, field)) {
      errors.Add(line, "FieldSizes: no event has a field " + Quote(field) +
                           "; expected Field:N,Field:N without blanks" + Suggestion(field, names));
    } else if (!is_number || size == 0) {
      errors.Add(line, "FieldSizes: " + Quote(number) + " is no length for " + std::string(field) +
                           "; expected a whole number from 1");
    } else {
      config.field_sizes.push_back({std::string(field), size});
    }
  }
}

void ReadDnsLookup(std::string_view text, uint32_t line, Config& config, MessageList& errors) {
  config.dns_lookup = EqualsIgnoreCase(text, "true");
  if (!config.dns_lookup && !EqualsIgnoreCase(text, "false"))
    errors.Add(line, "DnsLookup is " + Quote(text) + "; expected True or False");
}

}  // namespace pidigree
