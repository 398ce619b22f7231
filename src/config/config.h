#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/conditions.h"

namespace pidigree {

// A Sysmon configuration as it was written: plain data, names checked against the schema. What the
// rules mean is told where they are compiled, in src/filter/rule_set.h.

// One field element, such as <Image condition="end with" name="Shell">/bash</Image>.
struct Filter {
  std::string field;  // a field that at least one event of the block has; exact spelling
  Condition condition = Condition::kIs;
  std::string value;  // text and CDATA joined, entities resolved, nothing trimmed; UTF-8
  std::string name;   // empty: none
  uint32_t line = 0;  // of the element's start tag, from 1
};

enum class Relation : uint8_t { kOr, kAnd };

// <Rule>: filters that are taken together. Never empty.
struct Rule {
  Relation relation = Relation::kOr;
  std::string name;  // empty: none
  std::vector<Filter> filters;
  uint32_t line = 0;
};

enum class OnMatch : uint8_t { kInclude, kExclude };

// An event element below <EventFiltering> or a <RuleGroup>, such as <ProcessCreate
// onmatch="include">.
struct RuleBlock {
  std::string event;  // its element name; EventsOfRule() tells the events
  OnMatch on_match = OnMatch::kInclude;
  Relation relation = Relation::kAnd;  // of the RuleGroup; outside one what the schema version says
  std::string group_name;              // of the RuleGroup; empty: none
  std::vector<std::variant<Filter, Rule>> items;  // in document order
  uint32_t line = 0;
};

struct HashAlgorithms {
  bool sha1 = false;
  bool md5 = false;
  bool sha256 = false;
};

// Values of `field`, in every event that has it, are cut to `max_characters` after filtering.
struct FieldSize {
  std::string field;
  uint32_t max_characters = 0;  // at least 1
};

struct Config {
  uint8_t schema_minor = 0;                           // 90 for schemaversion="4.90"
  HashAlgorithms hash_algorithms = {.sha256 = true};  // none: IMPHASH alone was asked for
  bool dns_lookup = false;  // whether host names of addresses may be asked for over the network
  std::vector<FieldSize> field_sizes;
  std::vector<RuleBlock> blocks;  // in document order
};

struct ConfigMessage {
  uint32_t line = 0;  // from 1
  std::string text;   // one line, safe to print: what is wrong; what was expected

  bool operator==(const ConfigMessage&) const = default;
};

struct LoadedConfig {
  Config config;  // meaningless if there are errors
  std::vector<ConfigMessage>
      errors;  // by line; every one, not only the first; see kMaxConfigMessages
  std::vector<ConfigMessage> warnings;  // by line; what can never match or is likely a mistake

  bool ok() const { return errors.empty(); }
};

// Bounds on what is accepted. Time and memory are proportional to the file.
constexpr size_t kMaxConfigBytes = size_t{32} << 20;
constexpr size_t kMaxFilterValueBytes = size_t{4} << 20;
constexpr size_t kMaxRuleNameBytes = 255;
constexpr size_t kMaxConfigDepth = 64;       // nested elements
constexpr size_t kMaxConfigNodes = 1000000;  // elements, comments and pieces of text
constexpr size_t kMaxConfigMessages = 1000;  // errors, and warnings; then one that says so

// Reads and checks a whole configuration file.
//
// `bytes` is XML in UTF-8, UTF-16 (either byte order, with or without a byte order mark) or
// ISO-8859-1, as its mark or declaration says. It is refused as a whole if it is not well-formed
// XML, has a document type declaration, or holds anything the language does not know; bytes that
// are not well-formed give one error, everything else all of them. Any thread may call.
LoadedConfig LoadConfig(std::string_view bytes);

}  // namespace pidigree
