#include <tinyxml2.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string>
#include <vector>

#include "schema/events.h"
#include "schema/options.h"
#include "src/base/ascii.h"
#include "src/config/config.h"
#include "src/config/config_options.h"
#include "src/config/config_warnings.h"
#include "src/config/message_list.h"
#include "src/config/spelling.h"
#include "src/config/xml_check.h"
#include "src/config/xml_decode.h"

namespace pidigree {
namespace {

using tinyxml2::XMLAttribute;
using tinyxml2::XMLElement;
using tinyxml2::XMLNode;

using Names = std::vector<std::string_view>;

std::string Tag(std::string_view name) { return "<" + Printable(name, 60) + ">"; }

uint32_t LineOf(const XMLNode& node) { return static_cast<uint32_t>(node.GetLineNum()); }

bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\n\r") == std::string_view::npos;
}

// The element's text and CDATA joined, without its comments.
std::string TextOf(const XMLElement& element) {
  std::string text;
  for (const XMLNode* child = element.FirstChild(); child != nullptr; child = child->NextSibling())
    if (child->ToText() != nullptr) text += child->Value();
  return text;
}

Names EventElementNames() {
  Names names;
  for (const EventType* event : kAllEvents)
    if (!event->rule.empty() && (names.empty() || names.back() != event->rule))
      names.push_back(event->rule);
  return names;
}

// Fields that at least one event of the element has, in schema order.
Names FieldNames(std::string_view event_element) {
  Names names;
  for (const EventType* event : EventsOfRule(event_element))
    for (const Field& field : event->fields)
      if (std::ranges::find(names, field.name) == names.end()) names.push_back(field.name);
  return names;
}

std::string Join(const Names& names) {
  std::string joined;
  for (const std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

// Turns the document tree into a Config, one member function for each kind of element.
class Loader {
 public:
  explicit Loader(LoadedConfig& loaded) : config_(loaded.config), loaded_(loaded) {}

  void Load(std::string_view bytes) {
    if (bytes.size() > kMaxConfigBytes) {
      Error(1, "the file has " + std::to_string(bytes.size()) + " bytes; expected at most " +
                   std::to_string(kMaxConfigBytes));
    } else {
      Parse(bytes);
    }
    loaded_.errors = errors_.Take();
    if (loaded_.ok()) AddConfigWarnings(config_, warnings_);
    loaded_.warnings = warnings_.Take();
  }

 private:
  // An attribute that an element may have, and where its value goes. Null: it has none.
  struct Expected {
    std::string_view name;
    const char** value;
  };

  void Error(uint32_t line, std::string text) { errors_.Add(line, std::move(text)); }
  void Warn(uint32_t line, std::string text) { warnings_.Add(line, std::move(text)); }

  void Parse(std::string_view bytes) {
    std::string text, checked;
    auto error = DecodeXml(bytes, text);
    if (!error) error = CheckXml(text, checked);
    if (error) return Error(error->line, std::move(error->text));
    text = {};

    tinyxml2::XMLDocument document;
    if (document.Parse(checked.data(), checked.size()) != tinyxml2::XML_SUCCESS)
      return Error(static_cast<uint32_t>(std::max(document.ErrorLineNum(), 1)),
                   "malformed XML: " + Printable(document.ErrorName()));
    checked = {};
    ReadRoot(*document.RootElement());
  }

  void ReadAttributes(const XMLElement& element, std::initializer_list<Expected> expected) {
    for (const XMLAttribute* attribute = element.FirstAttribute(); attribute != nullptr;
         attribute = attribute->Next()) {
      const std::string_view name = attribute->Name();
      const auto* found = std::ranges::find(expected, name, &Expected::name);
      if (found != expected.end()) {
        *found->value = attribute->Value();
        continue;
      }
      Names names;
      for (const Expected& known : expected) names.push_back(known.name);
      Error(static_cast<uint32_t>(attribute->GetLineNum()),
            "unknown attribute " + Quote(name) + " of " + Tag(element.Name()) + "; expected " +
                (names.empty() ? "none" : Join(names)) + Suggestion(name, names));
    }
  }

  // Calls `each` for the child elements and refuses text between them. Stops when no more errors
  // are kept: finding suggestions for a million misspelt names would take minutes.
  template <typename Each>
  void ForEachChild(const XMLElement& element, Each each) {
    for (const XMLNode* child = element.FirstChild(); child != nullptr;
         child = child->NextSibling()) {
      if (errors_.IsFull()) return;
      if (const XMLElement* inner = child->ToElement()) {
        each(*inner);
      } else if (child->ToText() != nullptr && !IsBlankText(child->Value())) {
        // tinyxml2 gives the line of the first character that is no blank, but for CDATA that of
        // its start.
        const std::string_view value = child->Value();
        const size_t start = value.find_first_not_of(" \t\n\r");
        const auto lines =
            child->ToText()->CData() ? std::ranges::count(value.substr(0, start), '\n') : 0;
        Error(LineOf(*child) + static_cast<uint32_t>(lines),
              "text " + Quote(value.substr(start, value.find_last_not_of(" \t\n\r") + 1 - start)) +
                  " directly inside " + Tag(element.Name()) + "; expected elements only");
      }
    }
  }

  void ReadRoot(const XMLElement& root) {
    if (root.Name() != std::string_view("Sysmon"))
      return Error(LineOf(root), "the root element is " + Tag(root.Name()) + "; expected <Sysmon>");
    const char* version = nullptr;
    ReadAttributes(root, {{"schemaversion", &version}});
    ReadSchemaVersion(LineOf(root), version);

    Names options_seen;
    ForEachChild(root, [&](const XMLElement& child) {
      if (child.Name() == std::string_view("EventFiltering")) {
        ReadAttributes(child, {});
        ForEachChild(child, [&](const XMLElement& inner) { ReadGroupOrBlock(inner); });
      } else {
        ReadOption(child, options_seen);
      }
    });
  }

  void ReadSchemaVersion(uint32_t line, const char* attribute) {
    const std::string example = "expected schemaversion=\"" + std::string(kSchemaVersion) + "\"";
    if (attribute == nullptr) return Error(line, "<Sysmon> has no schemaversion; " + example);
    const std::string_view text = attribute;
    const auto all_digits = [](std::string_view part) {
      return !part.empty() &&
             std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    const size_t dot = text.find('.');
    const std::string_view minor = dot == text.npos ? std::string_view() : text.substr(dot + 1);
    if (!all_digits(text.substr(0, dot)) || !all_digits(minor) || minor.size() > 2)
      return Error(line, "schemaversion " + Quote(text) + " is no version; " + example);
    if (text.substr(0, dot) != "4")
      return Error(line, "schemaversion " + Quote(text) + " is not supported; " + example +
                             " or another 4.x");
    std::from_chars(minor.data(), minor.data() + minor.size(), config_.schema_minor);
    // A number with two decimals: 4.1 is 4.10.
    if (minor.size() == 1) config_.schema_minor = static_cast<uint8_t>(config_.schema_minor * 10);
    constexpr uint8_t kNewestMinor = 90;
    static_assert(kSchemaVersion == "4.90");
    if (config_.schema_minor > kNewestMinor)
      Warn(line, "schemaversion " + Quote(text) + " is newer than " + std::string(kSchemaVersion) +
                     ", the newest that is known here");
  }

  void ReadOption(const XMLElement& element, Names& seen) {
    const std::string_view name = element.Name();
    const uint32_t line = LineOf(element);
    const auto* const option = std::ranges::find(kConfigOptions, name, &ConfigOption::name);
    if (option == kConfigOptions.end()) return RefuseBelowRoot(line, name);

    ReadAttributes(element, {});
    if (const XMLElement* child = element.FirstChildElement())
      return Error(LineOf(*child),
                   Tag(child->Name()) + " inside <" + std::string(name) + ">; expected text only");
    if (option->support == OptionSupport::kIgnored)
      return Warn(line, "<" + std::string(name) + "> is for Windows and ignored");
    if (std::ranges::find(seen, option->name) != seen.end())
      Warn(line, "<" + std::string(name) + "> is given again; the last one counts");
    seen.push_back(option->name);

    const std::string text = TextOf(element);
    if (text.empty()) return Error(line, "<" + std::string(name) + "> is empty; expected a value");
    if (name == "HashAlgorithms") {
      ReadHashAlgorithms(text, line, config_, errors_);
    } else if (name == "FieldSizes") {
      config_.field_sizes.clear();
      ReadFieldSizes(text, line, config_, errors_, warnings_);
    } else {
      ReadDnsLookup(text, line, config_, errors_);
    }
  }

  void RefuseBelowRoot(uint32_t line, std::string_view name) {
    if (name == "RuleGroup" || !EventsOfRule(name).empty())
      return Error(line, Tag(name) +
                             " directly inside <Sysmon>; expected it inside "
                             "<EventFiltering>");
    Names known = {"EventFiltering"};
    for (const ConfigOption& option : kConfigOptions) known.push_back(option.name);
    Error(line, "unknown element " + Tag(name) +
                    " inside <Sysmon>; expected EventFiltering or an "
                    "option such as HashAlgorithms" +
                    Suggestion(name, known));
  }

  // The name attribute of anything that may have one; "" is none.
  std::string ReadName(uint32_t line, const char* name) {
    if (name == nullptr) return {};
    std::string text = name;
    if (text.size() > kMaxRuleNameBytes)
      Error(line, "the name " + Quote(text) + " has " + std::to_string(text.size()) +
                      " bytes; expected at most " + std::to_string(kMaxRuleNameBytes));
    return text;
  }

  void ReadGroupOrBlock(const XMLElement& element) {
    // Up to schema 4.10 everything outside a RuleGroup was alternatives.
    constexpr uint8_t kLastOrMinor = 10;
    const Relation outside = config_.schema_minor > kLastOrMinor ? Relation::kAnd : Relation::kOr;
    if (element.Name() != std::string_view("RuleGroup"))
      return ReadBlock(element, outside, {}, "EventFiltering");

    const uint32_t line = LineOf(element);
    const char* relation_text = nullptr;
    const char* name = nullptr;
    ReadAttributes(element, {{"groupRelation", &relation_text}, {"name", &name}});
    Relation relation = outside;
    if (relation_text == nullptr)
      Error(line, "<RuleGroup> has no groupRelation; expected groupRelation=\"or\" or \"and\"");
    else if (relation_text == std::string_view("or"))
      relation = Relation::kOr;
    else if (relation_text == std::string_view("and"))
      relation = Relation::kAnd;
    else
      Error(line, "groupRelation is " + Quote(relation_text) +
                      "; expected \"or\" or \"and\" in small letters");
    const std::string group_name = ReadName(line, name);
    ForEachChild(element, [&](const XMLElement& child) {
      ReadBlock(child, relation, group_name, "RuleGroup");
    });
  }

  void ReadBlock(const XMLElement& element, Relation relation, const std::string& group_name,
                 std::string_view parent) {
    const std::string_view tag = element.Name();
    const uint32_t line = LineOf(element);
    if (EventsOfRule(tag).empty()) return RefuseBlock(line, tag, parent);

    RuleBlock block;
    block.event = tag;
    block.relation = relation;
    block.group_name = group_name;
    block.line = line;
    const char* on_match = nullptr;
    const char* by_default = nullptr;  // what happens without a match: the opposite of onmatch
    ReadAttributes(element, {{"onmatch", &on_match}, {"default", &by_default}});
    const std::string expected = "; expected onmatch=\"include\" or onmatch=\"exclude\"";
    if (on_match == nullptr && by_default == nullptr) {
      Error(line, Tag(tag) + " has no onmatch" + expected);
    } else if (on_match != nullptr && by_default != nullptr) {
      Error(line, Tag(tag) + " has both onmatch and default" + expected + " alone");
    } else {
      const std::string_view value = on_match != nullptr ? on_match : by_default;
      if (value != "include" && value != "exclude")
        Error(line, (on_match != nullptr ? "onmatch is " : "default is ") + Quote(value) +
                        "; expected \"include\" or \"exclude\" in small letters");
      const bool include = (value == "include") == (on_match != nullptr);
      block.on_match = include ? OnMatch::kInclude : OnMatch::kExclude;
    }

    const Names fields = FieldNames(tag);
    ForEachChild(element, [&](const XMLElement& child) {
      if (child.Name() == std::string_view("Rule"))
        ReadRule(child, block, fields);
      else if (auto filter = ReadFilter(child, block.event, fields))
        block.items.emplace_back(std::move(*filter));
    });
    config_.blocks.push_back(std::move(block));
  }

  void RefuseBlock(uint32_t line, std::string_view tag, std::string_view parent) {
    std::string expected = "an event such as ProcessCreate";
    if (parent == "EventFiltering") expected = "RuleGroup or " + expected;
    Names known = EventElementNames();
    known.push_back("RuleGroup");
    std::string hint = Suggestion(tag, known);
    for (const EventType* event : kAllEvents)
      if (event->name == tag && !event->rule.empty())
        hint = "; did you mean " + std::string(event->rule) + "?";
    if (tag == "RuleGroup") hint.clear();
    const bool is_option =
        std::ranges::find(kConfigOptions, tag, &ConfigOption::name) != kConfigOptions.end();
    if (is_option) hint = "; options stand directly inside <Sysmon>";
    Error(line, (tag == "RuleGroup" || is_option ? "" : "unknown element ") + Tag(tag) +
                    " inside <" + std::string(parent) + ">; expected " + expected + hint);
  }

  void ReadRule(const XMLElement& element, RuleBlock& block, const Names& fields) {
    Rule rule;
    rule.line = LineOf(element);
    const char* relation = nullptr;
    const char* name = nullptr;
    ReadAttributes(element, {{"groupRelation", &relation}, {"name", &name}});
    if (element.FirstChildElement() == nullptr)
      Warn(rule.line, "<Rule> without filters is ignored");
    else if (relation == nullptr)
      Warn(rule.line,
           "<Rule> has no groupRelation: it means \"or\", its filters are alternatives; "
           "write groupRelation=\"and\" if all of them must hold");
    if (relation != nullptr && EqualsIgnoreCase(relation, "and"))
      rule.relation = Relation::kAnd;
    else if (relation != nullptr && !EqualsIgnoreCase(relation, "or"))
      Error(rule.line, "groupRelation is " + Quote(relation) + "; expected \"or\" or \"and\"");
    rule.name = ReadName(rule.line, name);
    ForEachChild(element, [&](const XMLElement& child) {
      if (auto filter = ReadFilter(child, block.event, fields))
        rule.filters.push_back(std::move(*filter));
    });
    if (!rule.filters.empty()) block.items.emplace_back(std::move(rule));
  }

  std::optional<Filter> ReadFilter(const XMLElement& element, const std::string& event,
                                   const Names& fields) {
    const std::string_view field = element.Name();
    Filter filter;
    filter.field = field;
    filter.line = LineOf(element);
    if (std::ranges::find(fields, field) == fields.end()) {
      Error(filter.line, field == "Rule"
                             ? "<Rule> inside <Rule>; expected fields of " + event
                             : event + " has no field " + Tag(field) + "; expected " + "one of " +
                                   Join(fields) + Suggestion(field, fields));
      return std::nullopt;
    }
    const char* condition = nullptr;
    const char* name = nullptr;
    ReadAttributes(element, {{"condition", &condition}, {"name", &name}});
    if (condition != nullptr && *condition != '\0')
      ReadCondition(filter.line, condition, filter.condition);
    filter.name = ReadName(filter.line, name);
    if (const XMLElement* child = element.FirstChildElement())
      Error(LineOf(*child), Tag(child->Name()) + " inside " + Tag(field) + "; expected text only");
    filter.value = TextOf(element);
    if (filter.value.size() > kMaxFilterValueBytes)
      Error(filter.line, "the value has " + std::to_string(filter.value.size()) +
                             " bytes; expected at most " + std::to_string(kMaxFilterValueBytes));
    return filter;
  }

  void ReadCondition(uint32_t line, std::string_view text, Condition& condition) {
    Names names;
    for (const ConditionType& known : kConditions) {
      if (EqualsIgnoreCase(text, known.name)) {
        condition = known.condition;
        return;
      }
      names.push_back(known.name);
    }
    Error(line, "unknown condition " + Quote(text) + "; expected one of " + Join(names) +
                    Suggestion(text, names));
  }

  Config& config_;
  LoadedConfig& loaded_;
  MessageList errors_;
  MessageList warnings_;
};

}  // namespace

LoadedConfig LoadConfig(std::string_view bytes) {
  LoadedConfig loaded;
  Loader(loaded).Load(bytes);
  return loaded;
}

}  // namespace pidigree
