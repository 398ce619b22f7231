// Any bytes as a configuration. What is wrong is told in lines that can be printed; what is
// accepted means the same when it is written down in plain XML and read again, and compiles.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_rules.h"

namespace pidigree {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireSound(const std::vector<ConfigMessage>& messages) {
  Require(messages.size() <= kMaxConfigMessages);
  Require(std::ranges::is_sorted(messages, {}, &ConfigMessage::line));
  for (const ConfigMessage& message : messages) {
    Require(message.line > 0 && !message.text.empty());
    Require(std::ranges::none_of(
        message.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
  }
}

std::string Text(Relation relation) { return relation == Relation::kAnd ? "and" : "or"; }

PlainFilter Plain(const Filter& filter) {
  const auto condition = static_cast<size_t>(filter.condition);
  return {filter.field, std::string(kConditions[condition].name), filter.value, filter.name};
}

PlainRule Plain(const Rule& rule) {
  PlainRule plain{rule.name, Text(rule.relation), {}};
  for (const Filter& filter : rule.filters) plain.filters.push_back(Plain(filter));
  return plain;
}

PlainConfiguration Plain(const Config& config) {
  PlainConfiguration plain{config.schema_minor, {}};
  for (const RuleBlock& block : config.blocks) {
    plain.blocks.push_back({block.event,
                            block.on_match == OnMatch::kInclude,
                            block.group_name,
                            Text(block.relation),
                            {}});
    for (const auto& item : block.items)
      std::visit([&](const auto& some) { plain.blocks.back().items.emplace_back(Plain(some)); },
                 item);
  }
  return plain;
}

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  LoadedConfig loaded = LoadConfig({reinterpret_cast<const char*>(data), size});
  RequireSound(loaded.errors);
  RequireSound(loaded.warnings);
  if (!loaded.ok()) return 0;

  const std::string xml = PlainXml(Plain(loaded.config));
  const LoadedConfig again = LoadConfig(xml);
  Require(again.ok() && PlainXml(Plain(again.config)) == xml);
  const RuleSet rules(std::move(loaded.config));
  return 0;
}
