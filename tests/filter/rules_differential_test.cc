// The loader and the compiled rules against the plain evaluator: random configurations, spelt in
// random ways, and random events on the borders of their filters.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "schema/events.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "tests/support/config_generator.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_record.h"
#include "tests/support/plain_rules.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

const EventType& TypeOf(const PlainEvent& event) {
  for (const EventType* type : kAllEvents)
    if (type->id == event.id) return *type;
  std::abort();
}

std::string Describe(const PlainDecision& decision) {
  return (decision.included ? "in, RuleName '" : "out, RuleName '") + decision.rule_name + "'";
}

PlainDecision Decide(const RuleSet& rules, const PlainEvent& event) {
  const PlainRecord record(TypeOf(event), event);
  const Decision decision = rules.Decide(record.record());
  return {decision.included, std::string(decision.rule_name)};
}

// What the program decides about `event` with `configuration` in its plainest spelling; the message
// of the loader if it refuses that.
PlainDecision DecideAnew(const PlainConfiguration& configuration, const PlainEvent& event) {
  LoadedConfig loaded = LoadConfig(PlainXml(configuration));
  if (!loaded.ok()) return {false, "refused: " + loaded.errors.front().text};
  return Decide(RuleSet(std::move(loaded.config)), event);
}

bool Differ(const PlainConfiguration& configuration, const PlainEvent& event) {
  return DecideAnew(configuration, event) != PlainDecide(configuration, event);
}

// Takes `change`d copies of `configuration` for as long as they still differ.
template <typename Change>
bool Shrink(PlainConfiguration& configuration, const PlainEvent& event, Change change) {
  PlainConfiguration smaller = configuration;
  change(smaller);
  if (!Differ(smaller, event)) return false;
  configuration = std::move(smaller);
  return true;
}

// Leaves out every block, item, filter of a Rule and name without which the difference remains.
void Minimize(PlainConfiguration& configuration, PlainEvent& event) {
  const auto erase = [](auto& vector, size_t i) {
    vector.erase(vector.begin() + static_cast<std::ptrdiff_t>(i));
  };
  for (size_t b = configuration.blocks.size(); b-- > 0;) {
    if (Shrink(configuration, event, [&](auto& c) { erase(c.blocks, b); })) continue;
    Shrink(configuration, event, [&](auto& c) { c.blocks[b].group_name.clear(); });
    for (size_t i = configuration.blocks[b].items.size(); i-- > 0;) {
      if (Shrink(configuration, event, [&](auto& c) { erase(c.blocks[b].items, i); })) continue;
      auto* rule = std::get_if<PlainRule>(&configuration.blocks[b].items[i]);
      const size_t filters = rule == nullptr ? 0 : rule->filters.size();
      for (size_t f = filters; f-- > 0;)
        Shrink(configuration, event,
               [&](auto& c) { erase(std::get<PlainRule>(c.blocks[b].items[i]).filters, f); });
    }
  }
  for (auto& [name, text] : event.fields) {
    const std::string before = std::exchange(text, "-");
    const bool possible =
        ValueOfText(TypeOf(event).fields[TypeOf(event).Find(name)].type, "-").has_value();
    if (!possible || !Differ(configuration, event)) text = before;
  }
}

std::string Report(PlainConfiguration configuration, PlainEvent event, const std::string& bytes) {
  std::string report;
  if (Differ(configuration, event)) {
    Minimize(configuration, event);
    report = "\n" + PlainXml(configuration);
  } else {
    report = "\nonly in this spelling:\n" + bytes;
  }
  report += "\nevent " + std::to_string(event.id) + "\n";
  for (const auto& [name, text] : event.fields) report += "  " + name + " = '" + text + "'\n";
  report += "plain:   " + Describe(PlainDecide(configuration, event)) + "\n";
  return report + "program: " + Describe(DecideAnew(configuration, event)) + "\n";
}

// `event` with the texts of `other`, of the same type, where `rules` say that these do not matter.
PlainEvent WithOtherUnnamedFields(const RuleSet& rules, PlainEvent event, const PlainEvent& other) {
  for (auto& [name, text] : event.fields)
    if (!rules.Names(TypeOf(event), name)) text = other.fields.at(name);
  return event;
}

struct Counts {
  size_t decisions = 0;
  size_t included = 0;
  size_t named = 0;
};

// `events` decisions with one random configuration. Stops at the first difference.
void CompareOnce(uint64_t seed, const GeneratorSizes& sizes, size_t events, Counts& counts) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  ConfigGenerator generator(seed, sizes);
  const PlainConfiguration configuration = generator.NextConfiguration();
  const auto encoding = static_cast<XmlEncoding>(generator.random().Below(7));
  const std::string bytes = VariedXml(configuration, encoding, generator.random());
  LoadedConfig loaded = LoadConfig(bytes);
  if (!loaded.ok()) {
    FAIL() << "refused at line " << loaded.errors.front().line << ": " << loaded.errors.front().text
           << "\n"
           << bytes;
  }
  const RuleSet rules(std::move(loaded.config));
  PlainEvent previous;
  for (size_t i = 0; i < events; ++i) {
    const PlainEvent event = generator.NextEvent(configuration);
    const PlainDecision expected = PlainDecide(configuration, event);
    const PlainDecision decision = Decide(rules, event);
    if (decision != expected) {
      FAIL() << "plain " << Describe(expected) << ", program " << Describe(decision)
             << Report(configuration, event, bytes);
    }
    ASSERT_TRUE(!expected.included || rules.CanInclude(TypeOf(event)))
        << Report(configuration, event, bytes);
    if (expected.included) {
      // Whatever one field is known of it.
      for (const auto& [name, text] : event.fields) {
        ASSERT_TRUE(rules.CanInclude(TypeOf(event), TypeOf(event).Find(name), text))
            << name << Report(configuration, event, bytes);
      }
    }
    if (event.id == previous.id) {
      const PlainEvent changed = WithOtherUnnamedFields(rules, event, previous);
      ASSERT_EQ(Describe(PlainDecide(configuration, changed)), Describe(expected))
          << Report(configuration, changed, bytes);
    }
    previous = event;
    ++counts.decisions;
    counts.included += expected.included ? 1 : 0;
    counts.named += expected.rule_name != "-" ? 1 : 0;
    if (i % 16 == 0) {  // the explanation must not tell another story
      const PlainRecord record(TypeOf(event), event);
      ASSERT_EQ(rules.Explain(record.record()).decision, rules.Decide(record.record()));
    }
  }
}

TEST(RulesDifferential, SmallConfigurations) {
  constexpr size_t kEvents = 50;
  Counts counts;
  for (uint64_t seed = 1; seed <= ScaledCount(4000) && !HasFailure(); ++seed)
    CompareOnce(seed, {}, kEvents, counts);
  // The events are worth deciding about: neither nearly all in nor nearly all out.
  EXPECT_GT(counts.included, counts.decisions / 5);
  EXPECT_LT(counts.included, counts.decisions * 4 / 5);
  EXPECT_GT(counts.named, counts.decisions / 20);
}

// Enough filters for every table of the matcher, on few fields, and texts far longer than values.
TEST(RulesDifferential, LongTexts) {
  const GeneratorSizes sizes{.blocks = 4, .items = 60, .rule_filters = 4, .padding = 6000};
  Counts counts;
  for (uint64_t seed = 1; seed <= ScaledCount(200) && !HasFailure(); ++seed)
    CompareOnce(seed, sizes, 20, counts);
}

TEST(RulesDifferential, LargeConfigurations) {
  const GeneratorSizes sizes{.blocks = 8, .items = 3000, .rule_filters = 6, .padding = 300};
  Counts counts;
  for (uint64_t seed = 1; seed <= ScaledCount(12) && !HasFailure(); ++seed)
    CompareOnce(seed, sizes, 100, counts);
}

// What a decision means for a record: it is kept, with its name in it, or not.
TEST(RulesDifferential, IncludeSetsTheRuleName) {
  ConfigGenerator generator(1);
  for (size_t round = 0; round < ScaledCount(500) && !HasFailure(); ++round) {
    const PlainConfiguration configuration = generator.NextConfiguration();
    const RuleSet rules(std::move(LoadConfig(PlainXml(configuration)).config));
    for (int i = 0; i < 10; ++i) {
      const PlainEvent event = generator.NextEvent(configuration);
      const PlainDecision expected = PlainDecide(configuration, event);
      const PlainRecord plain_record(TypeOf(event), event);
      Record record = plain_record.record();
      ASSERT_EQ(rules.Include(record), expected.included) << Report(configuration, event, "");
      const size_t name = record.type->Find("RuleName");
      if (!expected.included || name == EventType::kNoField) continue;
      const Value& value = record.values[name];
      const auto* text = std::get_if<std::string_view>(&value);
      EXPECT_EQ(text == nullptr ? "-" : *text, expected.rule_name);
    }
  }
}

}  // namespace
}  // namespace pidigree
