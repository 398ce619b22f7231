// Makes the tables of EventRules.

#include <cassert>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "src/base/ascii.h"
#include "src/base/split.h"
#include "src/filter/event_rules.h"

namespace pidigree {
namespace {

// What the filter compares with: the items of a list, without empty ones, or its value.
std::vector<std::string_view> ValuesOf(const Filter& filter) {
  if (!kConditions[static_cast<size_t>(filter.condition)].list) return {filter.value};
  std::vector<std::string_view> items = Split(filter.value, ';');
  std::erase(items, std::string_view());
  return items;
}

const std::string* FirstNonEmpty(std::initializer_list<const std::string*> names) {
  for (const std::string* name : names)
    if (name != nullptr && !name->empty()) return name;
  return nullptr;
}

}  // namespace

class EventRules::Compiler {
 public:
  explicit Compiler(EventRules& rules) : rules_(rules) {}

  void Compile() {
    // In the order in which they are tried.
    for (const OnMatch on_match : {OnMatch::kExclude, OnMatch::kInclude})
      for (auto block = rules_.blocks_.rbegin(); block != rules_.blocks_.rend(); ++block)
        if ((*block)->on_match == on_match) AddBlock(**block);
    NumberPatterns();
  }

 private:
  using Kind = Test::Kind;

  void AddBlock(const RuleBlock& block) {
    if (block.items.empty()) return;
    if (block.relation == Relation::kAnd) return AddAndBlock(block);
    for (const auto& item : block.items) {
      if (const auto* filter = std::get_if<Filter>(&item)) {
        AddTestCandidate(AddTest(*filter, nullptr, block));
        continue;
      }
      const Rule& rule = std::get<Rule>(item);
      if (rule.relation == Relation::kOr) {
        // Its filters are as good as alternatives of the block.
        for (const Filter& filter : rule.filters) AddTestCandidate(AddTest(filter, &rule, block));
        continue;
      }
      const uint32_t group = AddAllGroup(rule, block);
      if (CanHold(rules_.groups_[group]))
        AddCandidate({Candidate::Kind::kGroup, group, 0, &block}, Triggers(group));
    }
  }

  void AddAndBlock(const RuleBlock& block) {
    // Alternatives, by group: the tests of a field, or of a Rule with `or`.
    std::map<uint32_t, std::vector<uint32_t>> alternatives;
    std::map<std::string_view, uint32_t> group_of_field;
    const auto first = static_cast<uint32_t>(rules_.groups_.size());
    for (const auto& item : block.items) {
      if (const auto* filter = std::get_if<Filter>(&item)) {
        const auto [entry, is_new] =
            group_of_field.try_emplace(filter->field, static_cast<uint32_t>(rules_.groups_.size()));
        if (is_new) rules_.groups_.emplace_back();
        alternatives[entry->second].push_back(AddTest(*filter, nullptr, block));
        continue;
      }
      const Rule& rule = std::get<Rule>(item);
      if (rule.relation == Relation::kAnd) {
        AddAllGroup(rule, block);
        continue;
      }
      const auto group = static_cast<uint32_t>(rules_.groups_.size());
      rules_.groups_.emplace_back();
      for (const Filter& filter : rule.filters)
        alternatives[group].push_back(AddTest(filter, &rule, block));
    }
    for (const auto& [group, tests] : alternatives) SetAlternatives(group, tests);
    const auto count = static_cast<uint32_t>(rules_.groups_.size()) - first;

    // One group must be satisfied by patterns, or the block is tried for every record.
    std::optional<std::vector<uint32_t>> best;
    for (uint32_t group = first; group < first + count; ++group) {
      const auto tests = alternatives.find(group);
      if (tests == alternatives.end() ? !CanHold(rules_.groups_[group])
                                      : std::ranges::all_of(tests->second, [&](uint32_t test) {
                                          return rules_.tests_[test].kind == Kind::kFalse;
                                        }))
        return;  // it can never match
      auto triggers =
          tests == alternatives.end() ? Triggers(group) : TriggersOfAlternatives(tests->second);
      if (triggers && (!best || triggers->size() < best->size())) best = std::move(triggers);
    }
    AddCandidate({Candidate::Kind::kBlock, first, count, &block}, best);
  }

  uint32_t AddAllGroup(const Rule& rule, const RuleBlock& block) {
    Group group{.all = true,
                .first_test = static_cast<uint32_t>(rules_.tests_.size()),
                .test_count = static_cast<uint32_t>(rule.filters.size())};
    for (const Filter& filter : rule.filters) AddTest(filter, &rule, block);
    rules_.groups_.push_back(group);
    return static_cast<uint32_t>(rules_.groups_.size() - 1);
  }

  void SetAlternatives(uint32_t group, const std::vector<uint32_t>& tests) {
    rules_.groups_[group].first_test = static_cast<uint32_t>(rules_.slow_tests_.size());
    for (const uint32_t index : tests) {
      const Test& test = rules_.tests_[index];
      if (test.kind == Kind::kAny && !test.negated) {
        for (const uint32_t pattern : PatternsOf(test))
          group_links_.push_back({pattern, {group, index}});
      } else if (test.kind != Kind::kFalse) {
        rules_.slow_tests_.push_back(index);
        ++rules_.groups_[group].test_count;
      }
    }
  }

  bool CanHold(const Group& group) const {
    for (uint32_t i = group.first_test; i < group.first_test + group.test_count; ++i)
      if (rules_.tests_[i].kind == Kind::kFalse) return false;
    return true;
  }

  void AddTestCandidate(uint32_t index) {
    const Test& test = rules_.tests_[index];
    if (test.kind == Kind::kFalse) return;
    AddCandidate({Candidate::Kind::kTest, index, 0, test.block}, Triggers(test));
  }

  void AddCandidate(const Candidate& candidate,
                    const std::optional<std::vector<uint32_t>>& triggers) {
    const auto number = static_cast<uint32_t>(rules_.candidates_.size());
    rules_.candidates_.push_back(candidate);
    if (!triggers) {
      rules_.unconditional_.push_back(number);
      return;
    }
    for (const uint32_t pattern : *triggers) {
      candidate_links_.push_back({pattern, number});
      ++links_of_[pattern];
    }
  }

  // Patterns one of which is found whenever the test holds; nullopt: it may hold without any.
  std::optional<std::vector<uint32_t>> Triggers(const Test& test) const {
    if (test.negated || (test.kind != Kind::kAny && test.kind != Kind::kAll)) return std::nullopt;
    const std::span<const uint32_t> patterns = PatternsOf(test);
    if (test.kind == Kind::kAny) return std::vector(patterns.begin(), patterns.end());
    return std::vector{*std::ranges::min_element(
        patterns, {}, [&](uint32_t pattern) { return Cost(std::span(&pattern, 1)); })};
  }

  // ... of a group all of whose tests have to hold: those that are found least often.
  std::optional<std::vector<uint32_t>> Triggers(uint32_t group) const {
    std::optional<std::vector<uint32_t>> best;
    const Group& all = rules_.groups_[group];
    for (uint32_t i = all.first_test; i < all.first_test + all.test_count; ++i) {
      auto triggers = Triggers(rules_.tests_[i]);
      if (triggers && (!best || Cost(*triggers) < Cost(*best))) best = std::move(triggers);
    }
    return best;
  }

  std::optional<std::vector<uint32_t>> TriggersOfAlternatives(
      const std::vector<uint32_t>& tests) const {
    std::vector<uint32_t> all;
    for (const uint32_t test : tests) {
      if (rules_.tests_[test].kind == Kind::kFalse) continue;
      const auto triggers = Triggers(rules_.tests_[test]);
      if (!triggers) return std::nullopt;
      all.insert(all.end(), triggers->begin(), triggers->end());
    }
    return all;
  }

  // How much work a candidate makes that these patterns lead to: they are many, lead to others,
  // too, or are short.
  std::pair<size_t, size_t> Cost(std::span<const uint32_t> patterns) const {
    size_t links = 0;
    size_t shortest = ~size_t{0};
    for (const uint32_t pattern : patterns) {
      links += 1 + links_of_[pattern];
      shortest = std::min(shortest, collected_[pattern].size);
    }
    return {links, ~shortest};
  }

  uint32_t AddTest(const Filter& filter, const Rule* rule, const RuleBlock& block) {
    Test test;
    test.filter = &filter;
    test.rule = rule;
    test.block = &block;
    test.name =
        FirstNonEmpty({&filter.name, rule == nullptr ? nullptr : &rule->name, &block.group_name});
    const size_t field = rules_.event_.Find(filter.field);
    if (field != EventType::kNoField) {
      test.field = static_cast<uint32_t>(field);
      test.first_pattern = static_cast<uint32_t>(rules_.pattern_lists_.size());
      SetCondition(filter, test);
      test.pattern_count = static_cast<uint32_t>(rules_.pattern_lists_.size()) - test.first_pattern;
    }
    rules_.tests_.push_back(test);
    return static_cast<uint32_t>(rules_.tests_.size() - 1);
  }

  void SetCondition(const Filter& filter, Test& test) {
    const std::string_view value = filter.value;
    const auto set = [&](Kind kind, bool negated, Anchor anchor) {
      SetPatterns(test, kind, negated, anchor, ValuesOf(filter));
    };
    switch (filter.condition) {
      case Condition::kIs:
      case Condition::kIsAny:
        return set(Kind::kAny, false, Anchor::kWhole);
      case Condition::kIsNot:
        return set(Kind::kAny, true, Anchor::kWhole);
      case Condition::kContains:
      case Condition::kContainsAny:
        return set(Kind::kAny, false, Anchor::kAnywhere);
      case Condition::kContainsAll:
        return set(Kind::kAll, false, Anchor::kAnywhere);
      case Condition::kExcludes:
      case Condition::kExcludesAny:
        return set(Kind::kAny, true, Anchor::kAnywhere);
      case Condition::kExcludesAll:
        return set(Kind::kAll, true, Anchor::kAnywhere);
      case Condition::kBeginWith:
        return set(Kind::kAny, false, Anchor::kBegin);
      case Condition::kNotBeginWith:
        return set(Kind::kAny, true, Anchor::kBegin);
      case Condition::kEndWith:
        return set(Kind::kAny, false, Anchor::kEnd);
      case Condition::kNotEndWith:
        return set(Kind::kAny, true, Anchor::kEnd);
      case Condition::kLessThan:
        test.kind = value.empty() ? Kind::kFalse : Kind::kLess;
        return;
      case Condition::kMoreThan:
        test.kind = value.empty() ? Kind::kTrue : Kind::kMore;
        return;
      case Condition::kImage: {
        const bool is_path = value.find_first_of("/\\") != value.npos;
        test.kind = Kind::kAny;
        return AddPattern(test, is_path ? Anchor::kWhole : Anchor::kBaseName, value);
      }
    }
  }

  // An empty value stands in every text, and is none: no field's text is empty.
  void SetPatterns(Test& test, Kind kind, bool negated, Anchor anchor,
                   const std::vector<std::string_view>& values) {
    if (values.empty() || values[0].empty()) {
      test.kind = (anchor == Anchor::kWhole) == negated ? Kind::kTrue : Kind::kFalse;
      return;
    }
    test.kind = kind;
    test.negated = negated;
    for (const std::string_view value : values) AddPattern(test, anchor, value);
  }

  void AddPattern(const Test& test, Anchor anchor, std::string_view value) {
    Collected& field = fields_[test.field];
    std::string key = Lower(value);
    key += static_cast<char>(anchor);
    const auto [entry, is_new] =
        field.numbers.try_emplace(std::move(key), static_cast<uint32_t>(collected_.size()));
    if (is_new) {
      collected_.push_back(
          {test.field, static_cast<uint32_t>(field.patterns.size()), value.size()});
      field.patterns.push_back({Lower(value), anchor});
      links_of_.push_back(0);
    }
    rules_.pattern_lists_.push_back(entry->second);
  }

  std::span<const uint32_t> PatternsOf(const Test& test) const {
    return {rules_.pattern_lists_.data() + test.first_pattern, test.pattern_count};
  }

  // Until here patterns are numbered as they came; a PatternSet numbers its own one after the
  // other.
  void NumberPatterns() {
    std::map<uint32_t, uint32_t> first_of_field;
    for (auto& [field, collected] : fields_) {
      first_of_field[field] = rules_.pattern_count_;
      const auto count = static_cast<uint32_t>(collected.patterns.size());
      rules_.fields_.push_back(
          {field, PatternSet(std::move(collected.patterns), rules_.pattern_count_)});
      rules_.pattern_count_ += count;
    }
    const auto renumber = [&](uint32_t& pattern) {
      pattern = first_of_field[collected_[pattern].field] + collected_[pattern].position;
    };
    std::ranges::for_each(rules_.pattern_lists_, renumber);
    for (auto& link : candidate_links_) renumber(link.pattern);
    for (auto& link : group_links_) renumber(link.pattern);
    rules_.candidates_of_ = {std::move(candidate_links_), rules_.pattern_count_};
    rules_.group_tests_of_ = {std::move(group_links_), rules_.pattern_count_};
  }

  struct Collected {
    std::vector<PatternSet::Pattern> patterns;
    std::unordered_map<std::string, uint32_t> numbers;  // by text and anchor
  };
  struct CollectedPattern {
    uint32_t field = 0;
    uint32_t position = 0;  // in the field's patterns
    size_t size = 0;
  };

  EventRules& rules_;
  std::map<uint32_t, Collected> fields_;
  std::vector<CollectedPattern> collected_;
  std::vector<uint32_t> links_of_;  // candidates that the pattern leads to
  std::vector<Links<uint32_t>::Link> candidate_links_;
  std::vector<Links<GroupTest>::Link> group_links_;
};

EventRules::EventRules(const EventType& event, std::vector<const RuleBlock*> blocks)
    : event_(event), rule_name_(event.Find("RuleName")), blocks_(std::move(blocks)) {
  Compiler(*this).Compile();
}

}  // namespace pidigree
