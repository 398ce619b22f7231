#include "src/filter/rule_set.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "schema/events.h"
#include "src/base/printable.h"
#include "src/filter/event_rules.h"

namespace pidigree {
namespace {

constexpr size_t kMaxShownValue = 200;

std::string Line(uint32_t line) { return "line " + std::to_string(line); }

// As the configuration has it, such as <ProcessCreate onmatch="include">.
std::string Tag(const RuleBlock& block) {
  return "<" + block.event +
         (block.on_match == OnMatch::kInclude ? " onmatch=\"include\">" : " onmatch=\"exclude\">");
}

std::string Describe(const Filter& filter) {
  return filter.field + " " + std::string(kConditions[static_cast<size_t>(filter.condition)].name) +
         " \"" + Printable(filter.value, kMaxShownValue) + "\" (" + Line(filter.line) + ")";
}

bool IsOfRule(const Filter* filter, const Rule& rule) {
  return !rule.filters.empty() && filter >= rule.filters.data() &&
         filter < rule.filters.data() + rule.filters.size();
}

std::string WhyNothingMatched(const EventType& event, const EventRules& rules) {
  const auto blocks = rules.blocks();
  const std::string name(event.rule);
  if (blocks.size() == 1) {
    const RuleBlock& block = *blocks[0];
    const std::string opposite = block.on_match == OnMatch::kInclude ? "excluded" : "included";
    if (block.items.empty())
      return opposite + ": " + Tag(block) + " at " + Line(block.line) +
             " has no filters, so it never matches, and it is the only block for " + name;
    return opposite + ": " + Tag(block) + " at " + Line(block.line) +
           " does not match, and it is the only block for " + name;
  }
  std::string lines;
  for (const RuleBlock* block : blocks)
    lines += (lines.empty() ? "" : ", ") + std::to_string(block->line);
  return "excluded: none of the " + std::to_string(blocks.size()) + " blocks for " + name +
         " (lines " + lines + ") matches, and with several blocks that drops the event";
}

std::string WhyMatched(const EventRules& rules, const EventRules::Outcome& outcome,
                       const Record& record) {
  const RuleBlock& block = *outcome.block;
  std::string text = outcome.included ? "included by " : "excluded by ";
  text += Tag(block) + " at " + Line(block.line);
  if (!block.group_name.empty()) text += " of RuleGroup \"" + Printable(block.group_name) + "\"";
  if (outcome.rule != nullptr) {
    text += ", <Rule";
    if (!outcome.rule->name.empty()) text += " name=\"" + Printable(outcome.rule->name) + "\"";
    text += "> at " + Line(outcome.rule->line);
  }
  if (outcome.filter != nullptr) {
    text += ", because " + Describe(*outcome.filter) + " matches";
    return text;
  }
  text += outcome.rule != nullptr ? ", because all of its filters match:"
                                  : ", because each field and each Rule of it matches:";
  for (const Filter* filter : rules.MatchingFilters(block, record))
    if (outcome.rule == nullptr || IsOfRule(filter, *outcome.rule))
      text += "\n  " + Describe(*filter);
  return text;
}

}  // namespace

RuleSet::RuleSet(Config config) : config_(std::move(config)) {
  for (const EventType* event : kAllEvents) {
    if (event->rule.empty()) continue;
    std::vector<const RuleBlock*> blocks;
    for (const RuleBlock& block : config_.blocks)
      if (block.event == event->rule) blocks.push_back(&block);
    if (!blocks.empty())
      events_[event->id] = std::make_unique<EventRules>(*event, std::move(blocks));
  }
}

RuleSet::~RuleSet() = default;

Decision RuleSet::Decide(const Record& record) const {
  const EventRules* rules = events_[record.type->id].get();
  if (rules == nullptr) return {.included = record.type->by_default != DefaultAction::kExclude};
  const EventRules::Outcome outcome = rules->Decide(record);
  if (!outcome.included || outcome.name == nullptr) return {.included = outcome.included};
  return {.included = true, .rule_name = *outcome.name};
}

Explanation RuleSet::Explain(const Record& record) const {
  const EventType& event = *record.type;
  Explanation explanation{.decision = Decide(record), .text = {}};
  const EventRules* rules = events_[event.id].get();
  if (event.rule.empty()) {
    explanation.text = "included: event " + std::to_string(event.id) + " is never filtered";
  } else if (rules == nullptr) {
    explanation.text = std::string(explanation.decision.included ? "included" : "excluded") +
                       ": the configuration has no block for " + std::string(event.rule) +
                       ", and this is the default";
  } else if (const auto outcome = rules->Decide(record); outcome.block == nullptr) {
    explanation.text = WhyNothingMatched(event, *rules);
  } else {
    explanation.text = WhyMatched(*rules, outcome, record);
  }
  return explanation;
}

bool RuleSet::CanInclude(const EventType& event) const {
  return CanInclude(event, EventType::kNoField, {});
}

bool RuleSet::CanInclude(const EventType& event, size_t field, std::string_view text) const {
  const EventRules* rules = events_[event.id].get();
  return rules != nullptr ? rules->CanInclude(field, text)
                          : event.by_default != DefaultAction::kExclude;
}

bool RuleSet::Names(const EventType& event, std::string_view field) const {
  const EventRules* rules = events_[event.id].get();
  return rules != nullptr && rules->Reads(event.Find(field));
}

bool RuleSet::Include(Record& record) const {
  const Decision decision = Decide(record);
  if (!decision.included) return false;
  const size_t rule_name = record.type->Find("RuleName");
  if (rule_name != EventType::kNoField) record.values[rule_name] = decision.rule_name;
  return true;
}

}  // namespace pidigree
