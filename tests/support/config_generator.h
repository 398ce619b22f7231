#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/event_schema.h"
#include "tests/support/plain_rules.h"
#include "tests/support/random.h"

namespace pidigree {

// How large what a ConfigGenerator makes is.
struct GeneratorSizes {
  size_t blocks = 6;        // at most so many in a configuration
  size_t items = 6;         // filters and Rules of a block, at most
  size_t rule_filters = 4;  // filters of a Rule, at most
  size_t padding = 0;       // characters added to one event text in eight, at most
};

// Makes configurations that use every feature of the rule language, and events that lie on the
// borders of what their filters match. The same seed always makes the same.
class ConfigGenerator {
 public:
  explicit ConfigGenerator(uint64_t seed, GeneratorSizes sizes = {});

  PlainConfiguration NextConfiguration();

  // An event of any type, mostly of one that `configuration` has a block for.
  PlainEvent NextEvent(const PlainConfiguration& configuration);

  // Further choices, such as how to spell the configuration.
  Random& random() { return random_; }

 private:
  // The events that share an element of a configuration.
  struct Element {
    std::string name;
    std::vector<const EventType*> types;
    std::vector<std::string> fields;  // of all of them
  };

  PlainBlock NextBlock(const Element& element);
  PlainFilter NextFilter(const Element& element, const std::vector<std::string>& fields);
  std::string NextName();
  std::string NextCondition();
  std::string NextValue(FieldType type, bool list);
  std::string NextText(FieldType type);
  std::string TextNear(const PlainFilter& filter);
  std::u32string Mutate(std::u32string text);
  std::string EventText(const Field& field, const std::vector<const PlainFilter*>& filters);
  const Element* FindElement(const std::string& name) const;

  Random random_;
  GeneratorSizes sizes_;
  std::vector<Element> elements_;
  std::vector<const EventType*> unfiltered_;
};

}  // namespace pidigree
