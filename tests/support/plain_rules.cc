#include "tests/support/plain_rules.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

namespace pidigree {
namespace {

// Letters are folded to upper case, and only the 26 ASCII ones: É and é are different.
std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool BeginsWith(const std::string& text, const std::string& start) {
  return text.substr(0, start.size()) == start;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Lists are split at semicolons; there is no way to escape one, blanks belong to the items, and
// empty items are not items. A list without any item is the empty value.
std::vector<std::string> Items(const std::string& list) {
  std::vector<std::string> items;
  std::string item;
  for (const char c : list + ";") {
    if (c != ';') {
      item += c;
    } else if (!item.empty()) {
      items.push_back(item);
      item.clear();
    }
  }
  if (items.empty()) items.push_back("");
  return items;
}

bool ContainsAny(const std::string& text, const std::string& list) {
  for (const std::string& item : Items(list))
    if (Contains(text, item)) return true;
  return false;
}

bool ContainsAll(const std::string& text, const std::string& list) {
  for (const std::string& item : Items(list))
    if (!Contains(text, item)) return false;
  return true;
}

bool IsAny(const std::string& text, const std::string& list) {
  for (const std::string& item : Items(list))
    if (text == item) return true;
  return false;
}

// A value with a directory is compared with the whole path, one without with the last component.
// The field's separator is '/', or '\' in a path that has no '/'.
bool IsImage(const std::string& path, const std::string& value) {
  if (value.find_first_of("/\\") != std::string::npos) return path == value;
  size_t separator = path.rfind('/');
  if (separator == std::string::npos) separator = path.rfind('\\');
  return (separator == std::string::npos ? path : path.substr(separator + 1)) == value;
}

// Order is that of the bytes as unsigned numbers, never that of the numbers they may spell.
bool Before(const std::string& a, const std::string& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
  });
}

// The element that configurations use for an event; nothing for those that are never filtered. Some
// elements stand for a series of events.
std::string ElementOf(uint16_t id) {
  switch (id) {
    case 1:
      return "ProcessCreate";
    case 2:
      return "FileCreateTime";
    case 3:
      return "NetworkConnect";
    case 5:
      return "ProcessTerminate";
    case 6:
      return "DriverLoad";
    case 7:
      return "ImageLoad";
    case 8:
      return "CreateRemoteThread";
    case 9:
      return "RawAccessRead";
    case 10:
      return "ProcessAccess";
    case 11:
      return "FileCreate";
    case 12:
    case 13:
    case 14:
      return "RegistryEvent";
    case 15:
      return "FileCreateStreamHash";
    case 17:
    case 18:
      return "PipeEvent";
    case 19:
    case 20:
    case 21:
      return "WmiEvent";
    case 22:
      return "DnsQuery";
    case 23:
      return "FileDelete";
    case 24:
      return "ClipboardChange";
    case 25:
      return "ProcessTampering";
    case 26:
      return "FileDeleteDetected";
    case 27:
      return "FileBlockExecutable";
    case 28:
      return "FileBlockShredding";
    case 29:
      return "FileExecutableDetected";
    case 100:
      return "eBPFEvent";
    default:
      return "";  // 4, 16 and 255
  }
}

// The outcome of a filter, a Rule or a block: nothing if it does not match, else the name it gives.
using Match = std::optional<std::string>;

Match MatchFilter(const PlainFilter& filter, const std::string& outer_name,
                  const PlainEvent& event) {
  // An event of a series may lack a field that another event of the series has. No condition holds
  // for it then, not even a negative one.
  const auto field = event.fields.find(filter.field);
  if (field == event.fields.end()) return {};

  // Filters see what is printed, and nothing is printed as "-". A record has no RuleName before the
  // rules have given it one.
  const bool nothing = field->second.empty() || filter.field == "RuleName";
  const std::string_view text = nothing ? std::string_view("-") : field->second;
  if (!PlainConditionHolds(filter.condition, filter.value, text)) return {};

  // The innermost name counts, and an empty one is none.
  return filter.name.empty() ? outer_name : filter.name;
}

Match MatchRule(const PlainRule& rule, const std::string& group_name, const PlainEvent& event) {
  const std::string& outer_name = rule.name.empty() ? group_name : rule.name;

  // A Rule says how its filters combine; without that it is enough that one of them matches, and
  // the first match names.
  if (rule.relation != "and") {
    for (const PlainFilter& filter : rule.filters)
      if (const Match match = MatchFilter(filter, outer_name, event)) return match;
    return {};
  }

  // Under "and" each filter of a Rule has to match, also if several have the same field. Each match
  // that has a name replaces the name before; a Rule that fails in the end leaves none behind.
  std::string name;
  for (const PlainFilter& filter : rule.filters) {
    const Match match = MatchFilter(filter, outer_name, event);
    if (!match) return {};
    if (!match->empty()) name = *match;
  }
  return name;
}

bool IsEmptyRule(const PlainItem& item) {
  const PlainRule* rule = std::get_if<PlainRule>(&item);
  return rule != nullptr && rule->filters.empty();
}

Match MatchBlock(const PlainBlock& block, int minor, const PlainEvent& event) {
  // A Rule without filters is as if it were not there; a block without filters never matches.
  if (std::all_of(block.items.begin(), block.items.end(), IsEmptyRule)) return {};

  // Where there is no RuleGroup to say how filters combine, the schema version does: "and"
  // above 4.10.
  const bool all = block.relation.empty() ? minor > 10 : block.relation == "and";

  std::string name;
  std::set<std::string> matched_fields;
  std::set<std::string> failed_fields;
  for (const PlainItem& item : block.items) {
    if (IsEmptyRule(item)) continue;
    const PlainFilter* filter = std::get_if<PlainFilter>(&item);
    // Under "and", repeats of a field are alternatives: after the first match the others of that
    // field are not looked at, so they do not name either. What stands in a Rule is not a repeat of
    // what stands outside.
    if (all && filter != nullptr && matched_fields.count(filter->field) > 0) continue;

    const Match match = filter != nullptr
                            ? MatchFilter(*filter, block.group_name, event)
                            : MatchRule(std::get<PlainRule>(item), block.group_name, event);
    if (!all) {
      if (match) return match;  // under "or" the first match decides and names
      continue;
    }
    if (match) {
      if (!match->empty()) name = *match;  // under "and" the last match that has a name
      if (filter != nullptr) matched_fields.insert(filter->field);
    } else if (filter != nullptr) {
      failed_fields.insert(filter->field);  // perhaps a repeat of it matches yet
    } else {
      return {};  // each Rule has to match
    }
  }
  if (!all) return {};
  for (const std::string& field : failed_fields)
    if (matched_fields.count(field) == 0) return {};
  return name;
}

}  // namespace

bool PlainConditionHolds(std::string_view condition, std::string_view value,
                         std::string_view text) {
  const std::string c = Upper(condition);
  const std::string v = Upper(value);
  const std::string t = Upper(text);
  if (c.empty() || c == "IS") return t == v;
  if (c == "IS NOT") return t != v;
  if (c == "IS ANY") return IsAny(t, v);
  if (c == "CONTAINS") return Contains(t, v);
  if (c == "CONTAINS ANY") return ContainsAny(t, v);
  if (c == "CONTAINS ALL") return ContainsAll(t, v);
  if (c == "EXCLUDES") return !Contains(t, v);
  if (c == "EXCLUDES ANY") return !ContainsAny(t, v);
  if (c == "EXCLUDES ALL") return !ContainsAll(t, v);
  if (c == "BEGIN WITH") return BeginsWith(t, v);
  if (c == "NOT BEGIN WITH") return !BeginsWith(t, v);
  if (c == "END WITH") return EndsWith(t, v);
  if (c == "NOT END WITH") return !EndsWith(t, v);
  if (c == "LESS THAN") return Before(t, v);
  if (c == "MORE THAN") return Before(v, t);
  if (c == "IMAGE") return IsImage(t, v);
  std::abort();  // a mistake in the test that calls
}

PlainDecision PlainDecide(const PlainConfiguration& configuration, const PlainEvent& event) {
  // Service state, configuration changes and error reports always pass.
  const std::string element = ElementOf(event.id);
  if (element.empty()) return {true, "-"};

  std::vector<const PlainBlock*> excludes;
  std::vector<const PlainBlock*> includes;
  for (const PlainBlock& block : configuration.blocks)
    if (block.event == element) (block.include ? includes : excludes).push_back(&block);
  const size_t blocks = excludes.size() + includes.size();

  // Without a block for it, an event is in if it is the start or the end of a process.
  if (blocks == 0) return {element == "ProcessCreate" || element == "ProcessTerminate", "-"};

  // Exclude blocks come before include blocks, in each kind the last of the document first; the
  // first match decides. Only an include gives a name.
  std::reverse(excludes.begin(), excludes.end());
  std::reverse(includes.begin(), includes.end());
  for (const PlainBlock* block : excludes)
    if (MatchBlock(*block, configuration.minor, event)) return {false, "-"};
  for (const PlainBlock* block : includes)
    if (const Match name = MatchBlock(*block, configuration.minor, event))
      return {true, name->empty() ? "-" : *name};

  // Nothing matches: a lone block does the opposite of what it does on a match; beside others, of
  // whatever kind, the event is out.
  return {blocks == 1 && excludes.size() == 1, "-"};
}

}  // namespace pidigree
