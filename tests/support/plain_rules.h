#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pidigree {

// A second implementation of the Sysmon rule language, to judge the first one by: it shares no code
// with src/config and src/filter, has its own small model of a configuration, and evaluates it the
// slow and obvious way, one filter after the other on copies of strings.

// <Field condition="..." name="...">value</Field>
struct PlainFilter {
  std::string field;
  std::string condition;  // as written, any letter case; empty: none given
  std::string value;      // UTF-8, after entities and CDATA
  std::string name;       // empty: none given, or name=""
};

// <Rule name="..." groupRelation="...">
struct PlainRule {
  std::string name;      // empty: none
  std::string relation;  // "and", "or"; empty: none given
  std::vector<PlainFilter> filters;
};

using PlainItem = std::variant<PlainFilter, PlainRule>;

// <Event onmatch="...">, with what the RuleGroup around it says.
struct PlainBlock {
  std::string event;       // the element, e.g. "ProcessCreate"
  bool include = true;     // onmatch="include"; false: "exclude"
  std::string group_name;  // empty: no RuleGroup, or one without a name
  std::string relation;    // of the RuleGroup: "and", "or"; empty: no RuleGroup
  std::vector<PlainItem> items;
};

struct PlainConfiguration {
  int minor = 90;                  // of the schemaversion: 10 for "4.1" and "4.10"
  std::vector<PlainBlock> blocks;  // in document order
};

// An event as it would be printed. `fields` has an entry for each field of the event's type; one
// that the type does not have is not there.
struct PlainEvent {
  uint16_t id = 0;
  std::map<std::string, std::string> fields;
};

struct PlainDecision {
  bool included = false;
  std::string rule_name = "-";

  bool operator==(const PlainDecision&) const = default;
};

PlainDecision PlainDecide(const PlainConfiguration& configuration, const PlainEvent& event);

// Does `text`, which a field prints, satisfy `condition` with `value`? `condition` must be one of
// the sixteen, in any letter case, or empty.
bool PlainConditionHolds(std::string_view condition, std::string_view value, std::string_view text);

}  // namespace pidigree
