#include "tests/support/config_generator.h"

#include <algorithm>

#include "schema/events.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_record.h"

namespace pidigree {
namespace {

const std::vector<std::string> kConditions = {
    "is",           "is not",       "is any",       "contains",   "contains any",   "contains all",
    "excludes",     "excludes any", "excludes all", "begin with", "not begin with", "end with",
    "not end with", "less than",    "more than",    "image"};

// Values and texts that matchers stumble over: paths with either separator and none, the characters
// around the letters in ASCII, letters that only Unicode folds (the Kelvin sign, long s, dotless
// i), blanks at the ends, what XML has to escape, and what sorts differently in UTF-8 and UTF-16.
const std::vector<std::string> kWords = {"/usr/bin/bash",
                                         "/usr/bin/BASH",
                                         "bash",
                                         "sh",
                                         "/bin/sh",
                                         "/",
                                         "//",
                                         "/usr/bin/",
                                         "usr/bin",
                                         "/tmp/.x/a b",
                                         "C:\\Windows\\System32\\cmd.exe",
                                         "cmd.exe",
                                         "\\",
                                         "\\pipe\\x",
                                         "a\\b/c\\d",
                                         "/home/é/É",
                                         "é",
                                         "É",
                                         "\u00df",
                                         "ss",
                                         "\u212a",
                                         "k",
                                         "\u017f",
                                         "s",
                                         "\u0131",
                                         "i",
                                         "日本語",
                                         "日",
                                         "\U0001f600",
                                         "\ue000",
                                         "\ufffd",
                                         "\u0085",
                                         "\u00a0",
                                         "@",
                                         "[",
                                         "]",
                                         "^",
                                         "_",
                                         "`",
                                         "{",
                                         "~",
                                         "Z",
                                         "z",
                                         "A",
                                         "a",
                                         "ab",
                                         "aab",
                                         "abab",
                                         "aaa",
                                         "-",
                                         "--",
                                         "0",
                                         "9",
                                         "10",
                                         "80",
                                         "1024",
                                         "100000",
                                         "0x1f",
                                         "true",
                                         "FALSE",
                                         " ",
                                         " a",
                                         "a ",
                                         "\t",
                                         "a\nb",
                                         "\r",
                                         "<&>",
                                         "\"'",
                                         "]]>",
                                         "&amp;",
                                         "%TEMP%",
                                         ";",
                                         ";;",
                                         "a;b",
                                         ";a",
                                         "a;",
                                         "a;;b",
                                         "curl -s http://x/ | sh",
                                         "python3 -c 'import os'",
                                         "127.0.0.1",
                                         "10.0.0.",
                                         "T1059.004"};

const std::u32string kAlphabet = U"aAbB;/\\ -é";

// How fields that are not strings may look.
std::vector<std::string> TypicalTexts(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return kWords;
    case FieldType::kUtcTime:
      return {"2026-11-23 16:59:04.386", "2026-11-23 16:59:04.385", "2026-11-23 16:59:05.000",
              "1970-01-01 00:00:00.000", "2024-02-29 23:59:59.999"};
    case FieldType::kGuid:
      return {"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}", "{ff032593-a8d3-4f13-b0d6-01fc615a0f98}",
              "{00000000-0000-0000-0000-000000000000}"};
    case FieldType::kUInt16:
      return {"0", "22", "80", "443", "1024", "65535"};
    case FieldType::kUInt32:
    case FieldType::kPid:
    case FieldType::kLogonId:
      return {"0", "1", "9", "10", "80", "1000", "100000", "4294967295"};
    case FieldType::kHexInt32:
      return {"0x0", "0x1f", "0x1fffff", "0xffffffff"};
    case FieldType::kBoolean:
      return {"true", "false"};
  }
  return {};
}

bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }

bool TakesList(const std::string& condition) {
  std::string lower;
  for (const char c : condition) lower += static_cast<char>(c | 0x20);
  return lower.ends_with(" any") || lower.ends_with(" all");
}

std::vector<std::string> SplitList(const std::string& list) {
  std::vector<std::string> items(1);
  for (const char c : list) {
    if (c == ';') {
      items.emplace_back();
    } else {
      items.back() += c;
    }
  }
  return items;
}

}  // namespace

ConfigGenerator::ConfigGenerator(uint64_t seed, GeneratorSizes sizes)
    : random_(seed), sizes_(sizes) {
  for (const EventType* type : kAllEvents) {
    if (type->rule.empty()) {
      unfiltered_.push_back(type);
      continue;
    }
    auto element = std::find_if(elements_.begin(), elements_.end(),
                                [&](const Element& e) { return e.name == type->rule; });
    if (element == elements_.end())
      element = elements_.insert(element, Element{std::string(type->rule), {}, {}});
    element->types.push_back(type);
    for (const Field& field : type->fields) {
      const std::string name(field.name);
      if (std::find(element->fields.begin(), element->fields.end(), name) == element->fields.end())
        element->fields.push_back(name);
    }
  }
}

const ConfigGenerator::Element* ConfigGenerator::FindElement(const std::string& name) const {
  for (const Element& element : elements_)
    if (element.name == name) return &element;
  return nullptr;
}

PlainConfiguration ConfigGenerator::NextConfiguration() {
  PlainConfiguration configuration;
  configuration.minor = random_.Pick<int>({10, 10, 22, 90, 0, 1, 9, 11, 50, 81, 99});
  std::vector<const Element*> elements;
  for (size_t i = random_.Between(1, 3); i > 0; --i)
    elements.push_back(random_.OneIn(3) ? FindElement(random_.Pick<std::string>(
                                              {"ProcessCreate", "RegistryEvent", "WmiEvent"}))
                                        : &random_.Pick(elements_));
  for (size_t i = random_.Below(sizes_.blocks + 1); i > 0; --i)
    configuration.blocks.push_back(NextBlock(*random_.Pick(elements)));
  return configuration;
}

PlainBlock ConfigGenerator::NextBlock(const Element& element) {
  PlainBlock block;
  block.event = element.name;
  block.include = random_.Percent(60);
  block.relation = random_.Pick<std::string>({"", "or", "and"});
  if (!block.relation.empty()) block.group_name = NextName();
  // Few fields for each block, so that repeats are frequent.
  std::vector<std::string> fields;
  for (size_t i = random_.Between(1, 4); i > 0; --i) fields.push_back(random_.Pick(element.fields));
  for (size_t i = random_.Below(sizes_.items + 1); i > 0; --i) {
    if (!random_.Percent(25)) {
      block.items.emplace_back(NextFilter(element, fields));
      continue;
    }
    PlainRule rule;
    rule.name = NextName();
    rule.relation = random_.Pick<std::string>({"", "or", "and", "and"});
    for (size_t k = random_.Below(sizes_.rule_filters + 1); k > 0; --k)
      rule.filters.push_back(NextFilter(element, fields));
    block.items.emplace_back(std::move(rule));
  }
  return block;
}

PlainFilter ConfigGenerator::NextFilter(const Element& element,
                                        const std::vector<std::string>& fields) {
  PlainFilter filter;
  filter.field = random_.Pick(random_.OneIn(5) ? element.fields : fields);
  filter.condition = NextCondition();
  filter.name = NextName();
  FieldType type = FieldType::kString;
  for (const EventType* event : element.types)
    if (const size_t i = event->Find(filter.field); i != EventType::kNoField)
      type = event->fields[i].type;
  filter.value = NextValue(type, TakesList(filter.condition));
  return filter;
}

std::string ConfigGenerator::NextName() {
  if (random_.Percent(55)) return "";
  if (random_.OneIn(20)) return std::string(255, 'n');
  if (random_.OneIn(8))
    return random_.Pick<std::string>({"-", " ", "é & <\"x\"> 'y'", "日本語",
                                      "technique_id=T1059.004,technique_name=Unix Shell"});
  return "name " + std::to_string(random_.Below(100'000));
}

std::string ConfigGenerator::NextCondition() {
  if (random_.OneIn(16)) return "";
  std::string condition = random_.Pick(kConditions);
  const size_t style = random_.Below(4);
  for (char& c : condition)
    if (c != ' ' && (style == 0 || (style == 1 && random_.OneIn(2))))
      c = static_cast<char>(c & ~0x20);
  return condition;
}

// The value of a filter on a field of `type`.
std::string ConfigGenerator::NextValue(FieldType type, bool list) {
  if (random_.OneIn(25)) return "";
  if (!list && !random_.OneIn(10)) return NextText(random_.OneIn(8) ? FieldType::kString : type);
  std::string value;
  for (size_t i = random_.Between(1, 5); i > 0; --i) {
    if (!random_.OneIn(8)) value += NextText(random_.OneIn(8) ? FieldType::kString : type);
    if (i > 1 || random_.OneIn(6)) value += ';';
  }
  return value;
}

std::string ConfigGenerator::NextText(FieldType type) {
  if (type == FieldType::kString && random_.OneIn(3)) {
    std::u32string text;
    for (size_t i = random_.Below(7); i > 0; --i)
      text += kAlphabet[random_.Below(kAlphabet.size())];
    return EncodeUtf8(text);
  }
  const std::string text = random_.Pick(TypicalTexts(type));
  return random_.OneIn(4) ? EncodeUtf8(Mutate(DecodeUtf8(text))) : text;
}

// A text that is a little different.
std::u32string ConfigGenerator::Mutate(std::u32string text) {
  const char32_t some = kAlphabet[random_.Below(kAlphabet.size())];
  switch (random_.Below(9)) {
    case 0:
      for (char32_t& c : text)
        if (IsAsciiLetter(c) && random_.OneIn(2)) c ^= 0x20;
      break;
    case 1:
      text += some;
      break;
    case 2:
      text.insert(text.begin(), some);
      break;
    case 3:
      if (!text.empty()) text.pop_back();
      break;
    case 4:
      if (!text.empty()) text.erase(text.begin());
      break;
    case 5:  // a neighbour in sort order
      if (!text.empty() && text.back() > 0x21 && text.back() < 0x7e)
        text.back() += random_.OneIn(2) ? 1 : static_cast<char32_t>(-1);
      break;
    case 6:  // what differs in bit 5 only, letter or not
      if (!text.empty()) {
        char32_t& c = text[random_.Below(text.size())];
        if (c >= 0x40 && c < 0x7f) c ^= 0x20;
        if (c == 0x7f) c = U'_';
      }
      break;
    case 7:
      for (char32_t& c : text)
        if (c == U'é' || c == U'É') c ^= 0x20;
      break;
    default:
      text.resize(text.size() / 2);
      break;
  }
  return text;
}

// A text on the border of what `filter` matches.
std::string ConfigGenerator::TextNear(const PlainFilter& filter) {
  std::string base = filter.value;
  if (TakesList(filter.condition)) {
    const std::vector<std::string> items = SplitList(filter.value);
    base = random_.Pick(items);
    if (random_.OneIn(2)) {  // all of them, or all but one, in any order and perhaps overlapping
      std::vector<size_t> order(items.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.Below(i)]);
      if (random_.OneIn(4)) order.pop_back();
      base.clear();
      for (const size_t i : order) base += items[i] + (random_.OneIn(2) ? " " : "");
    }
  }
  switch (random_.Below(10)) {
    case 0:
      return base + NextText(FieldType::kString);
    case 1:
      return NextText(FieldType::kString) + base;
    case 2:
      return NextText(FieldType::kString) + base + NextText(FieldType::kString);
    case 3:
      return random_.Pick<std::string>({"/x/", "\\x\\", "/", "\\", "/x\\", "\\x/"}) + base;
    case 4:
      return base + base;
    case 5: {  // its start once more before it, as in "aab" for "ab"
      const std::u32string text = DecodeUtf8(base);
      return EncodeUtf8(text.substr(0, random_.Below(text.size() + 1))) + base;
    }
    case 6: {  // case alone
      for (char& c : base)
        if (IsAsciiLetter(static_cast<unsigned char>(c)) && random_.OneIn(2))
          c = static_cast<char>(c ^ 0x20);
      return base;
    }
    case 7:
    case 8:
      return EncodeUtf8(Mutate(DecodeUtf8(base)));
    default:
      return base;
  }
}

std::string ConfigGenerator::EventText(const Field& field,
                                       const std::vector<const PlainFilter*>& filters) {
  if (field.name == "RuleName") return "-";  // nothing has named the event yet
  const bool must_hold = random_.OneIn(2);
  for (int attempt = 0; attempt < 4 && !filters.empty() && !random_.OneIn(10); ++attempt) {
    const PlainFilter& filter = *random_.Pick(filters);
    std::string text = TextNear(filter);
    if (sizes_.padding > 0 && field.type == FieldType::kString && random_.OneIn(8)) {
      std::string filler;
      const size_t length = random_.Below(sizes_.padding + 1);
      while (filler.size() < length) filler += NextText(field.type);
      text = random_.OneIn(2) ? filler + text : text + filler;
    }
    if (!ValueOfText(field.type, text)) continue;
    if (!must_hold || PlainConditionHolds(filter.condition, filter.value, text)) return text;
  }
  if (MayBeAbsent(field.type) && random_.OneIn(10)) return "-";
  if (field.type == FieldType::kString) return random_.OneIn(20) ? "" : NextText(field.type);
  const std::string text = NextText(field.type);
  return ValueOfText(field.type, text) ? text : TypicalTexts(field.type).front();
}

PlainEvent ConfigGenerator::NextEvent(const PlainConfiguration& configuration) {
  const PlainBlock* target = nullptr;
  const Element* element = &random_.Pick(elements_);
  if (!configuration.blocks.empty() && !random_.OneIn(12)) {
    target = &random_.Pick(configuration.blocks);
    element = FindElement(target->event);
  }
  const EventType* type =
      random_.OneIn(60) ? random_.Pick(unfiltered_) : random_.Pick(element->types);

  // The filters that the event is made for, by field: those of one block, or of one Rule of it, or
  // of all blocks with this element.
  std::map<std::string, std::vector<const PlainFilter*>> filters;
  const bool all_blocks = random_.OneIn(4);
  const size_t only =
      target == nullptr || !random_.OneIn(3) ? SIZE_MAX : random_.Below(target->items.size() + 1);
  for (const PlainBlock& block : configuration.blocks) {
    if (block.event != element->name || (!all_blocks && &block != target)) continue;
    for (size_t i = 0; i < block.items.size(); ++i) {
      if (&block == target && only < block.items.size() && only != i) continue;
      if (const auto* filter = std::get_if<PlainFilter>(&block.items[i])) {
        filters[filter->field].push_back(filter);
      } else {
        for (const PlainFilter& inner : std::get<PlainRule>(block.items[i]).filters)
          filters[inner.field].push_back(&inner);
      }
    }
  }

  PlainEvent event;
  event.id = type->id;
  for (const Field& field : type->fields) {
    const std::string name(field.name);
    event.fields[name] = EventText(field, filters[name]);
  }
  return event;
}

}  // namespace pidigree
