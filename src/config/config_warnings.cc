#include "src/config/config_warnings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/events.h"
#include "src/base/ascii.h"
#include "src/base/split.h"

namespace pidigree {
namespace {

const ConditionType& Describe(Condition condition) {
  return kConditions[static_cast<size_t>(condition)];
}

// The value's items if its condition takes a list, else the value.
std::vector<std::string_view> ItemsOf(const Filter& filter) {
  if (Describe(filter.condition).list) return Split(filter.value, ';');
  return {filter.value};
}

bool IsImageField(std::string_view field) { return field.ends_with("Image"); }

bool IsPathField(std::string_view field) {
  constexpr std::string_view kOthers[] = {"ImageLoaded",      "TargetFilename", "StartModule",
                                          "CurrentDirectory", "PipeName",       "Device"};
  return IsImageField(field) || std::ranges::find(kOthers, field) != std::end(kOthers);
}

// An event none of whose fields can hold anything is never written.
bool IsWritten(const EventType& event) {
  return std::ranges::any_of(event.fields, &Field::meaningful);
}

// What the field holds in every event of the block; nullopt: it varies.
std::optional<std::string_view> ConstantText(const RuleBlock& block, std::string_view field) {
  if (field == "RuleName") return "-";  // set after filtering
  for (const EventType* event : EventsOfRule(block.event)) {
    const size_t i = event->Find(field);
    if (i != EventType::kNoField && event->fields[i].meaningful) return std::nullopt;
  }
  return field == "IntegrityLevel" ? "no level" : "-";
}

FieldType TypeOf(const RuleBlock& block, std::string_view field) {
  for (const EventType* event : EventsOfRule(block.event))
    if (const size_t i = event->Find(field); i != EventType::kNoField) return event->fields[i].type;
  return FieldType::kString;
}

// Whether the filter matches a field of that text, which is in lower case.
bool Matches(const Filter& filter, std::string_view text) {
  const std::string value = Lower(filter.value);
  const std::string_view view = value;
  std::vector<std::string_view> items = Split(view, ';');
  std::erase(items, std::string_view());
  const auto contains = [&](std::string_view item) { return text.find(item) != text.npos; };
  switch (filter.condition) {
    case Condition::kIs:
    case Condition::kImage:
      return text == view;
    case Condition::kIsNot:
      return text != view;
    case Condition::kIsAny:
      return std::ranges::find(items, text) != items.end();
    case Condition::kContains:
      return contains(view);
    case Condition::kContainsAny:
      return items.empty() || std::ranges::any_of(items, contains);
    case Condition::kContainsAll:
      return std::ranges::all_of(items, contains);
    case Condition::kExcludes:
      return !contains(view);
    case Condition::kExcludesAny:
      return !items.empty() && std::ranges::none_of(items, contains);
    case Condition::kExcludesAll:
      return !std::ranges::all_of(items, contains);
    case Condition::kBeginWith:
      return text.starts_with(view);
    case Condition::kNotBeginWith:
      return !text.starts_with(view);
    case Condition::kEndWith:
      return text.ends_with(view);
    case Condition::kNotEndWith:
      return !text.ends_with(view);
    case Condition::kLessThan:
    case Condition::kMoreThan: {
      std::string upper_text(text), upper_value(view);
      std::ranges::transform(upper_text, upper_text.begin(), ToUpper);
      std::ranges::transform(upper_value, upper_value.begin(), ToUpper);
      return filter.condition == Condition::kLessThan ? upper_text < upper_value
                                                      : upper_text > upper_value;
    }
  }
  return false;
}

bool IsNumeric(FieldType type) {
  switch (type) {
    case FieldType::kUInt16:
    case FieldType::kUInt32:
    case FieldType::kPid:
    case FieldType::kLogonId:
      return true;
    case FieldType::kString:
    case FieldType::kUtcTime:
    case FieldType::kGuid:
    case FieldType::kHexInt32:
    case FieldType::kBoolean:
      return false;
  }
  return false;
}

// The form that a value of the type has, "" if `text` has it.
std::string_view WrongForm(FieldType type, std::string_view text) {
  const auto all = [&](std::string_view part, std::string_view of) {
    return !part.empty() && part.find_first_not_of(of) == part.npos;
  };
  if (text == "-" || type == FieldType::kString || type == FieldType::kUtcTime) return "";
  if (type == FieldType::kBoolean)
    return EqualsIgnoreCase(text, "true") || EqualsIgnoreCase(text, "false") ? "" : "true or false";
  if (type == FieldType::kGuid)
    return text.size() == 38 && text[0] == '{' ? "" : "a GUID in braces";
  if (type == FieldType::kHexInt32)
    return text.starts_with("0x") && all(text.substr(2), "0123456789abcdefABCDEF")
               ? ""
               : "a hexadecimal number such as 0x1f";
  const bool plain = all(text, "0123456789") && (text.size() == 1 || text[0] != '0');
  return plain ? "" : "a decimal number";
}

class Warner {
 public:
  Warner(const RuleBlock& block, MessageList& warnings) : block_(block), warnings_(warnings) {}

  void Check() {
    if (std::ranges::none_of(EventsOfRule(block_.event),
                             [](const EventType* event) { return IsWritten(*event); })) {
      if (block_.on_match == OnMatch::kExclude || !block_.items.empty())
        warnings_.Add(block_.line, block_.event +
                                       " events never happen on Linux; nothing of this "
                                       "block can match");
      return;
    }
    for (const auto& item : block_.items) {
      if (const auto* filter = std::get_if<Filter>(&item)) CheckFilter(*filter);
      if (const auto* rule = std::get_if<Rule>(&item)) CheckRule(*rule);
    }
    if (block_.on_match == OnMatch::kExclude) CheckExcludes();
  }

 private:
  void Warn(const Filter& filter, std::string text) {
    warnings_.Add(filter.line, filter.field + " " + std::string(Describe(filter.condition).name) +
                                   " " + Quote(filter.value) + ": " + std::move(text));
  }

  void CheckRule(const Rule& rule) {
    for (const Filter& filter : rule.filters) CheckFilter(filter);
    if (rule.relation != Relation::kAnd) return;
    // Two values for one field cannot both be the field.
    std::map<std::string_view, const Filter*> equal;
    for (const Filter& filter : rule.filters) {
      if (filter.condition != Condition::kIs) continue;
      const auto [entry, is_new] = equal.try_emplace(filter.field, &filter);
      if (!is_new && !EqualsIgnoreCase(entry->second->value, filter.value))
        Warn(filter, "the Rule can never match: its line " + std::to_string(entry->second->line) +
                         " asks for another value of the same field");
    }
  }

  void CheckFilter(const Filter& filter) {
    if (const auto constant = ConstantText(block_, filter.field)) {
      const std::string is_always = filter.field + " is always " + Quote(*constant);
      if (Matches(filter, *constant)) return Warn(filter, "always matches, because " + is_always);
      return Warn(filter, "can never match, because " + is_always);
    }
    CheckEmptyValue(filter);
    CheckForm(filter);
    CheckWindowsText(filter);
    if (!Describe(filter.condition).list && LooksLikeList(filter.value))
      Warn(filter,
           "';' is an ordinary character here; a list needs a condition with \"any\" or "
           "\"all\"");
  }

  void CheckEmptyValue(const Filter& filter) {
    const auto items = ItemsOf(filter);
    if (std::ranges::all_of(items, &std::string_view::empty)) {
      // Any text stands for all: none is empty.
      Warn(filter, Matches(filter, "?") ? "the value is empty and always matches"
                                        : "the value is empty and can never match");
    } else if (std::ranges::find(items, std::string_view()) != items.end()) {
      Warn(filter, "empty items of the list are skipped");
    }
  }

  void CheckForm(const Filter& filter) {
    const FieldType type = TypeOf(block_, filter.field);
    if (filter.condition == Condition::kLessThan || filter.condition == Condition::kMoreThan) {
      if (IsNumeric(type)) Warn(filter, "compares text, not numbers: \"80\" is more than \"1024\"");
      return;
    }
    const bool whole = filter.condition == Condition::kIs ||
                       filter.condition == Condition::kIsAny ||
                       filter.condition == Condition::kIsNot;
    if (!whole) return;
    for (const std::string_view item : ItemsOf(filter)) {
      if (item.empty()) continue;
      if (const std::string_view form = WrongForm(type, item); !form.empty())
        Warn(filter, std::string(filter.condition == Condition::kIsNot ? "always matches"
                                                                       : "can never match") +
                         ", because " + filter.field + " is printed as " + std::string(form));
    }
  }

  // Windows paths and variables, blanks that a person did not mean.
  void CheckWindowsText(const Filter& filter) {
    bool backslash = false, variable = false, blanks = false;
    for (const std::string_view item : ItemsOf(filter)) {
      const bool drive = item.size() > 2 && ToLower(item[0]) >= 'a' && ToLower(item[0]) <= 'z' &&
                         item[1] == ':' && item[2] == '\\';
      backslash |= drive || (IsPathField(filter.field) && item.find('\\') != item.npos);
      const size_t percent = item.find('%');
      const size_t second = percent == item.npos ? percent : item.find('%', percent + 1);
      variable |= IsPathField(filter.field) && second != item.npos && second - percent > 2;
      const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
      blanks |= IsPathField(filter.field) && !item.empty() &&
                (is_blank(item.front()) || is_blank(item.back()));
    }
    if (backslash)
      Warn(filter, "'\\' does not separate names on Linux; paths are written with '/'");
    if (variable) Warn(filter, "%VARIABLES% are not expanded on Linux");
    if (blanks) Warn(filter, "blanks before and after the value count");
  }

  static bool LooksLikeList(std::string_view value) {
    const auto items = Split(value, ';');
    return items.size() > 1 && std::ranges::none_of(items, &std::string_view::empty);
  }

  // Any user can give a program any path: in a mount namespace of his own.
  void CheckExcludes() {
    std::vector<const Filter*> found;
    bool all = !block_.items.empty();
    for (const auto& item : block_.items) {
      const Filter* by_image = DecidedByImage(item);
      if (by_image == nullptr)
        all = false;
      else
        found.push_back(by_image);
    }
    if (found.empty() || (block_.relation == Relation::kAnd && !all)) return;
    std::string others;
    if (block_.relation == Relation::kOr && found.size() > 1)
      others = " (as " + std::to_string(found.size() - 1) + " more of this block)";
    Warn(*found.front(), "excludes by " + found.front()->field + " alone" + others +
                             ": in a private mount namespace any user can run any program under "
                             "this path; add another field, such as User");
  }

  static const Filter* DecidedByImage(const std::variant<Filter, Rule>& item) {
    if (const auto* filter = std::get_if<Filter>(&item))
      return IsImageField(filter->field) ? filter : nullptr;
    const Rule& rule = std::get<Rule>(item);
    const auto by_image = [](const Filter& filter) { return IsImageField(filter.field); };
    if (rule.relation == Relation::kAnd && !std::ranges::all_of(rule.filters, by_image))
      return nullptr;
    const auto found = std::ranges::find_if(rule.filters, by_image);
    return found == rule.filters.end() ? nullptr : &*found;
  }

  const RuleBlock& block_;
  MessageList& warnings_;
};

}  // namespace

void AddConfigWarnings(const Config& config, MessageList& warnings) {
  struct Blocks {
    size_t number = 0;
    bool all_exclude = true;
    uint32_t last_line = 0;
  };
  std::map<std::string_view, Blocks> of_event;
  for (const RuleBlock& block : config.blocks) {
    Warner(block, warnings).Check();
    Blocks& blocks = of_event[block.event];
    ++blocks.number;
    blocks.all_exclude &= block.on_match == OnMatch::kExclude;
    blocks.last_line = block.line;
  }
  for (const auto& [event, blocks] : of_event)
    if (blocks.number > 1 && blocks.all_exclude)
      warnings.Add(blocks.last_line,
                   "all " + std::to_string(blocks.number) + " blocks of " + std::string(event) +
                       " exclude: with several blocks an event that none matches is dropped, so "
                       "none is ever written; put them into one block");
}

}  // namespace pidigree
