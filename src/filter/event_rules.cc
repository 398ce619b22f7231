#include "src/filter/event_rules.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>

#include "src/base/ascii.h"
#include "src/event/value_text.h"

namespace pidigree {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kPrefetched = 4 * kCacheLine;  // of a text; what follows the processor expects

}  // namespace

// What a decision needs room for; each thread keeps its own.
struct EventRules::Scratch {
  struct GroupMark {
    uint64_t decision = 0;    // the mark is of this one
    uint32_t first_test = 0;  // the first that a pattern satisfies
  };
  std::vector<char> text;
  HitSet found;
  std::vector<GroupMark> groups;
  uint64_t decision = 0;  // counts them, over all rule sets
};

// A record of which one field is known.
struct EventRules::Known {
  size_t field = EventType::kNoField;
  const Record& record;
  const Scratch& scratch;
};

EventRules::Scratch& EventRules::ThreadScratch() {
  static thread_local Scratch scratch;
  return scratch;
}

std::string_view EventRules::Text(const Record& record, uint32_t field, char* buffer) const {
  // RuleName is what the decision will say, so while it is made there is none.
  if (field == rule_name_) return "-";
  return FormatValue(record.values[field], event_.fields[field].type, buffer);
}

EventRules::Outcome EventRules::Decide(const Record& record) const {
  assert(record.type == &event_ && record.values.size() == event_.fields.size());
  Scratch& scratch = ThreadScratch();
  FindPatterns(record, scratch);
  const uint32_t lowest = LowestCandidate(record, scratch);

  Outcome outcome;
  if (lowest == kNone) {
    outcome.included = blocks_.size() == 1 && blocks_[0]->on_match == OnMatch::kExclude;
  } else {
    const Candidate& candidate = candidates_[lowest];
    outcome.block = candidate.block;
    outcome.included = candidate.block->on_match == OnMatch::kInclude;
    switch (candidate.kind) {
      case Candidate::Kind::kTest:
        outcome.filter = tests_[candidate.first].filter;
        outcome.rule = tests_[candidate.first].rule;
        outcome.name = tests_[candidate.first].name;
        break;
      case Candidate::Kind::kGroup:
        outcome.rule = tests_[groups_[candidate.first].first_test].rule;
        outcome.name = LastName(groups_[candidate.first]);
        break;
      case Candidate::Kind::kBlock:
        outcome.name = NameOfBlock(candidate, record, scratch);
        break;
    }
  }
  scratch.found.Clear();
  return outcome;
}

bool EventRules::CanInclude(size_t field, std::string_view text) const {
  std::vector<Value> values(event_.fields.size());
  if (field != EventType::kNoField) values[field] = text;
  const Record record{.type = &event_, .values = values};
  Scratch& scratch = ThreadScratch();
  FindPatterns(record, scratch);
  const Known known{field, record, scratch};

  // As Decide() goes on: to the first block that certainly matches.
  std::optional<bool> decided;
  size_t next = 0;
  for (const OnMatch on_match : {OnMatch::kExclude, OnMatch::kInclude}) {
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if ((*block)->on_match != on_match) continue;
      const Truth matches = TruthOf(**block, next, known);
      if (decided || matches == Truth::kNo) continue;
      if (on_match == OnMatch::kInclude) decided = true;
      if (on_match == OnMatch::kExclude && matches == Truth::kYes) decided = false;
    }
  }
  scratch.found.Clear();
  return decided.value_or(blocks_.size() == 1 && blocks_[0]->on_match == OnMatch::kExclude);
}

bool EventRules::Reads(size_t field) const {
  return field != rule_name_ && std::ranges::any_of(tests_, [&](const Test& test) {
           return test.field == field && test.kind != Test::Kind::kTrue &&
                  test.kind != Test::Kind::kFalse;
         });
}

EventRules::Truth EventRules::TruthOf(const Test& test, const Known& known) const {
  switch (test.kind) {
    case Test::Kind::kTrue:
      return Truth::kYes;
    case Test::Kind::kFalse:
      return Truth::kNo;
    case Test::Kind::kAny:
    case Test::Kind::kAll:
    case Test::Kind::kLess:
    case Test::Kind::kMore:
      if (test.field != known.field) return Truth::kMaybe;
      return Holds(test, known.record, known.scratch) ? Truth::kYes : Truth::kNo;
  }
  return Truth::kMaybe;
}

EventRules::Truth EventRules::TruthOf(const RuleBlock& block, size_t& next,
                                      const Known& known) const {
  if (block.items.empty()) return Truth::kNo;
  // Of what has to hold together, the least; of alternatives, the most.
  const auto join = [](Relation relation, Truth one, Truth other) {
    return relation == Relation::kAnd ? std::min(one, other) : std::max(one, other);
  };
  const auto neutral = [](Relation relation) {
    return relation == Relation::kAnd ? Truth::kYes : Truth::kNo;
  };
  Truth truth = neutral(block.relation);
  std::map<std::string_view, Truth> fields;  // of an `and` block: filters of one are alternatives
  for (const auto& item : block.items) {
    if (const auto* rule = std::get_if<Rule>(&item)) {
      Truth of_rule = neutral(rule->relation);
      for (size_t i = 0; i < rule->filters.size(); ++i)
        of_rule = join(rule->relation, of_rule, TruthOf(tests_[next++], known));
      truth = join(block.relation, truth, of_rule);
    } else if (block.relation == Relation::kAnd) {
      Truth& of_field = fields.try_emplace(std::get<Filter>(item).field, Truth::kNo).first->second;
      of_field = std::max(of_field, TruthOf(tests_[next++], known));
    } else {
      truth = std::max(truth, TruthOf(tests_[next++], known));
    }
  }
  for (const auto& [field, of_field] : fields) truth = std::min(truth, of_field);
  return truth;
}

std::vector<const Filter*> EventRules::MatchingFilters(const RuleBlock& block,
                                                       const Record& record) const {
  Scratch& scratch = ThreadScratch();
  FindPatterns(record, scratch);
  std::vector<const Filter*> filters;
  for (const Test& test : tests_)
    if (test.block == &block && Holds(test, record, scratch)) filters.push_back(test.filter);
  scratch.found.Clear();
  return filters;
}

void EventRules::FindPatterns(const Record& record, Scratch& scratch) const {
  scratch.found.Resize(pattern_count_);
  // A batch of records is larger than the nearest cache: get all texts on their way at once.
  for (const FieldPatterns& field : fields_) {
    const auto* text = std::get_if<std::string_view>(&record.values[field.field]);
    for (size_t i = 0; text != nullptr && i < std::min(text->size(), kPrefetched); i += kCacheLine)
      __builtin_prefetch(text->data() + i);
  }
  for (const FieldPatterns& field : fields_) {
    char buffer[kValueTextSize];
    const std::string_view text = Text(record, field.field, buffer);
    if (scratch.text.size() < text.size()) scratch.text.resize(text.size());
    CopyLower(text, scratch.text.data());
    field.patterns.Match({scratch.text.data(), text.size()}, scratch.found);
  }
  if (scratch.groups.size() < groups_.size()) scratch.groups.resize(groups_.size());
  ++scratch.decision;
  for (const uint32_t pattern : scratch.found.hits()) {
    for (const GroupTest& satisfied : group_tests_of_.Of(pattern)) {
      Scratch::GroupMark& mark = scratch.groups[satisfied.group];
      if (mark.decision != scratch.decision || satisfied.test < mark.first_test)
        mark = {scratch.decision, satisfied.test};
    }
  }
}

uint32_t EventRules::LowestCandidate(const Record& record, Scratch& scratch) const {
  uint32_t lowest = kNone;
  const auto look_through = [&](std::span<const uint32_t> ascending) {
    for (const uint32_t candidate : ascending) {
      if (candidate >= lowest) return;
      if (Holds(candidates_[candidate], record, scratch)) lowest = candidate;
    }
  };
  for (const uint32_t pattern : scratch.found.hits()) look_through(candidates_of_.Of(pattern));
  look_through(unconditional_);
  return lowest;
}

bool EventRules::Holds(const Candidate& candidate, const Record& record,
                       const Scratch& scratch) const {
  switch (candidate.kind) {
    case Candidate::Kind::kTest:
      return Holds(tests_[candidate.first], record, scratch);
    case Candidate::Kind::kGroup:
      return AllHold(groups_[candidate.first], record, scratch);
    case Candidate::Kind::kBlock:
      for (uint32_t i = candidate.first; i < candidate.first + candidate.group_count; ++i) {
        const bool holds = groups_[i].all ? AllHold(groups_[i], record, scratch)
                                          : FirstThatHolds(i, record, scratch) != kNone;
        if (!holds) return false;
      }
      return true;
  }
  return false;
}

bool EventRules::Holds(const Test& test, const Record& record, const Scratch& scratch) const {
  const auto was_found = [&](uint32_t pattern) { return scratch.found.Has(pattern); };
  const std::span<const uint32_t> patterns(pattern_lists_.data() + test.first_pattern,
                                           test.pattern_count);
  switch (test.kind) {
    case Test::Kind::kAny:
      return std::ranges::any_of(patterns, was_found) != test.negated;
    case Test::Kind::kAll:
      return std::ranges::all_of(patterns, was_found) != test.negated;
    case Test::Kind::kLess:
    case Test::Kind::kMore: {
      char buffer[kValueTextSize];
      const std::string_view text = Text(record, test.field, buffer);
      const std::string_view value = test.filter->value;
      const auto is_before = [](char a, char b) {
        return static_cast<unsigned char>(ToUpper(a)) < static_cast<unsigned char>(ToUpper(b));
      };
      return test.kind == Test::Kind::kLess
                 ? std::ranges::lexicographical_compare(text, value, is_before)
                 : std::ranges::lexicographical_compare(value, text, is_before);
    }
    case Test::Kind::kTrue:
      return true;
    case Test::Kind::kFalse:
      return false;
  }
  return false;
}

bool EventRules::AllHold(const Group& group, const Record& record, const Scratch& scratch) const {
  for (uint32_t i = group.first_test; i < group.first_test + group.test_count; ++i)
    if (!Holds(tests_[i], record, scratch)) return false;
  return true;
}

// Of a group of alternatives; kNone: none holds.
uint32_t EventRules::FirstThatHolds(uint32_t group, const Record& record,
                                    const Scratch& scratch) const {
  const Scratch::GroupMark& mark = scratch.groups[group];
  const uint32_t first = mark.decision == scratch.decision ? mark.first_test : kNone;
  for (uint32_t i = 0; i < groups_[group].test_count; ++i) {
    const uint32_t slow = slow_tests_[groups_[group].first_test + i];
    if (slow > first) break;
    if (Holds(tests_[slow], record, scratch)) return slow;
  }
  return first;
}

// Of a group all of whose tests hold.
const std::string* EventRules::LastName(const Group& group) const {
  for (uint32_t i = group.first_test + group.test_count; i-- > group.first_test;)
    if (tests_[i].name != nullptr) return tests_[i].name;
  return nullptr;
}

// Of an `and` block that matches: of its groups, in the order in which they are satisfied by their
// first tests that hold, the last one with a name gives it.
const std::string* EventRules::NameOfBlock(const Candidate& candidate, const Record& record,
                                           const Scratch& scratch) const {
  const std::string* name = nullptr;
  uint32_t last = 0;
  for (uint32_t i = candidate.first; i < candidate.first + candidate.group_count; ++i) {
    const Group& group = groups_[i];
    const uint32_t test = group.all ? group.first_test : FirstThatHolds(i, record, scratch);
    const std::string* of_group = group.all ? LastName(group) : tests_[test].name;
    if (of_group == nullptr || (name != nullptr && test < last)) continue;
    name = of_group;
    last = test;
  }
  return name;
}

}  // namespace pidigree
