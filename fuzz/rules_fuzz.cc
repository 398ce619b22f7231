// Any choices as a configuration and events: the compiled rules decide like the plain evaluator,
// and what they say of themselves (CanInclude) is true.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/conditions.h"
#include "schema/events.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_record.h"
#include "tests/support/plain_rules.h"

namespace pidigree {
namespace {

class Maker {
 public:
  explicit Maker(FuzzedDataProvider& input) : input_(input) {
    for (const EventType* event : kAllEvents)
      if (!event->rule.empty()) elements_.push_back(event);
    element_ = Pick(elements_);
    for (const EventType* event : EventsOfRule(element_->rule))
      for (const Field& field : event->fields) fields_.emplace_back(field.name);
  }

  PlainConfiguration Configuration() {
    PlainConfiguration configuration{Below(100), {}};
    for (int i = Below(4); i > 0; --i) configuration.blocks.push_back(Block());
    return configuration;
  }

  // Of the element that the configuration is about, as its filters know it.
  std::pair<const EventType*, PlainEvent> Event() {
    const auto series = EventsOfRule(element_->rule);
    const EventType* type = series[static_cast<size_t>(Below(static_cast<int>(series.size())))];
    std::map<std::string, std::string> texts;
    for (int i = Below(5); i > 0; --i) {
      const std::string name = Pick(fields_);
      const size_t field = type->Find(name);
      const std::string text = Text();
      if (field != EventType::kNoField && name != "RuleName" &&
          ValueOfText(type->fields[field].type, text))
        texts[name] = text;
    }
    return {type, EventWith(*type, texts)};
  }

  bool MoreInput() const { return input_.remaining_bytes() > 0; }

 private:
  int Below(int count) { return input_.ConsumeIntegralInRange(0, count - 1); }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(from.size())))];
  }

  std::string Text() {
    static const std::vector<std::string> kPieces = {
        "a", "A", "b",   "B", "/", "\\", ";",      " ",    "-",    "_",    "[",         "0",
        "1", "9", "0x1", "é", "É", "k",  "\u212a", "日本", "true", "bash", "/usr/bin/", "\n"};
    std::string text;
    for (int i = Below(10); i > 0; --i) text += Pick(kPieces);
    return text;
  }

  std::string Name() { return Below(3) == 0 ? "n" + std::to_string(Below(9)) : ""; }

  PlainFilter Filter() {
    const auto condition = static_cast<size_t>(Below(static_cast<int>(kConditions.size())));
    return {Pick(fields_), std::string(kConditions[condition].name), Text(), Name()};
  }

  PlainBlock Block() {
    const std::vector<std::string> relations = {"", "or", "and"};
    PlainBlock block{std::string(element_->rule), Below(2) == 0, "", Pick(relations), {}};
    if (!block.relation.empty()) block.group_name = Name();
    for (int i = Below(6); i > 0; --i) {
      if (Below(4) != 0) {
        block.items.emplace_back(Filter());
        continue;
      }
      PlainRule rule{Name(), Pick(relations), {}};
      for (int k = Below(4); k > 0; --k) rule.filters.push_back(Filter());
      block.items.emplace_back(std::move(rule));
    }
    return block;
  }

  FuzzedDataProvider& input_;
  std::vector<const EventType*> elements_;
  const EventType* element_ = nullptr;
  std::vector<std::string> fields_;
};

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  FuzzedDataProvider input(data, size);
  Maker maker(input);
  const PlainConfiguration configuration = maker.Configuration();
  LoadedConfig loaded = LoadConfig(PlainXml(configuration));
  if (!loaded.ok()) std::abort();
  const RuleSet rules(std::move(loaded.config));
  do {
    const auto [type, event] = maker.Event();
    const PlainRecord record(*type, event);
    const PlainDecision expected = PlainDecide(configuration, event);
    const Decision decision = rules.Decide(record.record());
    if (decision.included != expected.included || decision.rule_name != expected.rule_name)
      std::abort();
    if (decision.included && !rules.CanInclude(*type)) std::abort();
    for (const auto& [name, text] : event.fields)
      if (decision.included && !rules.CanInclude(*type, type->Find(name), text)) std::abort();
    if (rules.Explain(record.record()).decision != decision) std::abort();
  } while (maker.MoreInput());
  return 0;
}
