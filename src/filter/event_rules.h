#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/config.h"
#include "src/event/record.h"
#include "src/filter/pattern_set.h"

namespace pidigree {

// The rules that a configuration has for one event, compiled. What they mean is told in rule_set.h.
//
// All texts that the filters look for in a field stand in one PatternSet. A record is decided by
// finding the patterns that its fields hold; each of those leads to the few candidates that may
// match because of it, whatever the number of rules. Candidates are numbered in the order in which
// they decide, so the lowest one that matches wins.
//
// Immutable: any thread may use it.
class EventRules {
 public:
  // `blocks`: those that name the event, in document order, at least one. They must outlive this.
  EventRules(const EventType& event, std::vector<const RuleBlock*> blocks);

  struct Outcome {
    bool included = false;
    const RuleBlock* block = nullptr;   // that matched; null: none did
    const Rule* rule = nullptr;         // of a block of alternatives: the Rule that matched
    const Filter* filter = nullptr;     // likewise, the filter
    const std::string* name = nullptr;  // RuleName; null: none
  };

  // `record` is of the event. Does not allocate once the thread has seen a record as large.
  Outcome Decide(const Record& record) const;

  std::span<const RuleBlock* const> blocks() const { return blocks_; }

  // Whether there may be a record that is included and has `text` in the field at that position;
  // kNoField: any. False is certain, true is not.
  bool CanInclude(size_t field, std::string_view text) const;

  // Whether what is decided may depend on the field at that position.
  bool Reads(size_t field) const;

  // The filters of `block`, one of blocks(), that match `record`, in document order. Slow.
  std::vector<const Filter*> MatchingFilters(const RuleBlock& block, const Record& record) const;

 private:
  class Compiler;
  struct Scratch;
  struct Known;
  // What can be said of something while only one field is known.
  enum class Truth : uint8_t { kNo, kMaybe, kYes };

  static constexpr uint32_t kNone = 0xffffffff;

  // A filter in terms of patterns.
  struct Test {
    enum class Kind : uint8_t {
      kAny,    // one of the patterns was found
      kAll,    // each of them was
      kLess,   // the field sorts before the filter's value
      kMore,   // ... after
      kTrue,   // always
      kFalse,  // never
    };
    Kind kind = Kind::kFalse;
    bool negated = false;        // kAny, kAll: it must not be so
    uint32_t first_pattern = 0;  // kAny, kAll: in pattern_lists_
    uint32_t pattern_count = 0;
    uint32_t field = 0;  // position in the event
    const Filter* filter = nullptr;
    const Rule* rule = nullptr;  // that it is in; null: none
    const RuleBlock* block = nullptr;
    const std::string* name = nullptr;  // of the filter, else its Rule, else its RuleGroup
  };

  // Tests of which either all have to hold (a Rule with `and`) or one: a Rule with `or`, or the
  // filters of one field, in an `and` block. There are many tests in some groups of alternatives,
  // so they are not looked through: each pattern tells the tests that it satisfies, and only those
  // that no pattern satisfies are made.
  struct Group {
    bool all = false;
    uint32_t first_test = 0;  // all: in tests_, side by side; else in slow_tests_: see above
    uint32_t test_count = 0;
  };

  struct Candidate {
    enum class Kind : uint8_t {
      kTest,   // a filter of a block of alternatives
      kGroup,  // a Rule of one, with `and`
      kBlock,  // a whole `and` block
    };
    Kind kind = Kind::kTest;
    uint32_t first = 0;        // in tests_ or groups_
    uint32_t group_count = 0;  // kBlock
    const RuleBlock* block = nullptr;
  };

  struct FieldPatterns {
    uint32_t field = 0;  // position in the event
    PatternSet patterns;
  };

  struct GroupTest {
    uint32_t group = 0;
    uint32_t test = 0;

    auto operator<=>(const GroupTest&) const = default;
  };

  // What each pattern leads to, ascending.
  template <typename Target>
  class Links {
   public:
    struct Link {
      uint32_t pattern = 0;
      Target target{};

      auto operator<=>(const Link&) const = default;
    };
    Links() = default;
    Links(std::vector<Link> links, size_t pattern_count);
    std::span<const Target> Of(uint32_t pattern) const {
      if (targets_.empty()) return {};
      return {targets_.data() + first_[pattern], first_[pattern + 1] - first_[pattern]};
    }

   private:
    std::vector<uint32_t> first_;  // in targets_, for each pattern and one more
    std::vector<Target> targets_;
  };

  static Scratch& ThreadScratch();
  std::string_view Text(const Record& record, uint32_t field, char* buffer) const;
  void FindPatterns(const Record& record, Scratch& scratch) const;
  uint32_t LowestCandidate(const Record& record, Scratch& scratch) const;
  // `next`: the first test of the block; then that behind its last one.
  Truth TruthOf(const RuleBlock& block, size_t& next, const Known& known) const;
  Truth TruthOf(const Test& test, const Known& known) const;
  bool Holds(const Candidate& candidate, const Record& record, const Scratch& scratch) const;
  bool Holds(const Test& test, const Record& record, const Scratch& scratch) const;
  bool AllHold(const Group& group, const Record& record, const Scratch& scratch) const;
  uint32_t FirstThatHolds(uint32_t group, const Record& record, const Scratch& scratch) const;
  const std::string* LastName(const Group& group) const;
  const std::string* NameOfBlock(const Candidate& candidate, const Record& record,
                                 const Scratch& scratch) const;

  const EventType& event_;
  const size_t rule_name_;  // position of that field
  const std::vector<const RuleBlock*> blocks_;
  std::vector<FieldPatterns> fields_;
  uint32_t pattern_count_ = 0;
  std::vector<Test> tests_;  // those of a block in document order
  std::vector<uint32_t> pattern_lists_;
  std::vector<uint32_t> slow_tests_;
  std::vector<Group> groups_;
  std::vector<Candidate> candidates_;
  std::vector<uint32_t> unconditional_;  // candidates that no pattern leads to, ascending
  Links<uint32_t> candidates_of_;
  Links<GroupTest> group_tests_of_;
};

template <typename Target>
EventRules::Links<Target>::Links(std::vector<Link> links, size_t pattern_count)
    : first_(pattern_count + 1) {
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  targets_.reserve(links.size());
  size_t next = 0;
  for (uint32_t pattern = 0; pattern < pattern_count; ++pattern) {
    first_[pattern] = static_cast<uint32_t>(next);
    for (; next < links.size() && links[next].pattern == pattern; ++next)
      targets_.push_back(links[next].target);
  }
  first_[pattern_count] = static_cast<uint32_t>(next);
}

}  // namespace pidigree
