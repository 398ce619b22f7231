#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/config/config.h"
#include "src/event/record.h"
#include "src/event/record_filter.h"

namespace pidigree {

class EventRules;

struct Decision {
  bool included = false;
  std::string_view rule_name = "-";  // of the rule that included it; lives as long as the RuleSet

  bool operator==(const Decision&) const = default;
};

struct Explanation {
  Decision decision;
  std::string text;  // why, for a person: one or more lines without a final newline, safe to print
};

// The rules of a configuration, compiled into a form whose cost for an event barely depends on
// their number. Immutable: any thread may use it at any time, and a running program replaces its
// rules by handing out another std::shared_ptr<const RuleSet>. Whoever keeps a record keeps the
// rules that named it, too: its RuleName is a view into them.
//
// What the rules mean (the words are those of src/config/config.h):
//
// - Events that no configuration can name (4, 16, 255) are included, always.
// - An event that no block names is included or not by EventType::by_default.
// - Of the blocks that name an event, those that exclude are tried first, then those that include,
//   each kind from the last of the document to the first. The first one that matches decides.
// - If none matches: a single block does the opposite of its onmatch, several blocks drop the
//   event.
// - A block without items never matches. With Relation::kOr it matches if any of its items does.
//   With Relation::kAnd each Rule has to match, and each field named by filters outside Rules has
//   to match one of its filters.
// - A Rule matches if any (kOr) or all (kAnd) of its filters match, whatever their fields.
// - A filter on a field that the event lacks does not match, whatever the condition.
// - Compared is the text that FormatValue() makes of the field ("-" if it has no value; RuleName is
//   always "-"), without regard to the case of ASCII letters. Lists are split at ';', empty items
//   are skipped; a list of nothing else is an empty value. An empty value: contains*, begin with,
//   end with, is not and more than hold; is, is any, less than, excludes*, not begin with and not
//   end with do not. less than and more than compare bytes after folding letters to upper case.
//   image: a value that has a '/' or '\' is compared with the whole field, any other with what
//   follows the field's last '/' or, if it has none, its last '\'.
// - RuleName is that of the filter, else of its Rule, else of the RuleGroup. Items are looked at in
//   document order: under kOr up to the first that matches, which names the event; under kAnd all
//   of them, but a field (outside Rules) that has matched is not looked at again, and the last
//   filter that matched and has a name gives it.
class RuleSet final : public RecordFilter {
 public:
  explicit RuleSet(Config config);
  ~RuleSet() override;

  // Does not allocate once the calling thread has seen a record as large.
  Decision Decide(const Record& record) const;

  // The same decision, slowly, and the blocks, rules and filters that made it.
  Explanation Explain(const Record& record) const;

  bool Include(Record& record) const override;

  // Whether there may be a record of `event` that is included. False is certain: nobody needs to
  // look for such events.
  bool CanInclude(const EventType& event) const override;

  // Likewise of one that has `text` in the field at that position, kNoField: any. Slow.
  bool CanInclude(const EventType& event, size_t field, std::string_view text) const override;

  // Whether a decision about a record of `event` may depend on `field`. If not, the field may be
  // filled in after the decision, and only for what is included.
  bool Names(const EventType& event, std::string_view field) const;

  const Config& config() const { return config_; }

 private:
  const Config config_;
  std::array<std::unique_ptr<const EventRules>, 256> events_;  // by event id; null: no block
};

}  // namespace pidigree
