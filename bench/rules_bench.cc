// What deciding about a ProcessCreate costs with 50, 500 and 5,000 filters of the mix that public
// configurations have, when nothing matches (the worst case) and when one event in ten does, beside
// the plain evaluator of the tests; and what it costs to get there.

#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "schema/events.h"
#include "src/config/config.h"
#include "src/event/record_batch.h"
#include "src/filter/rule_set.h"
#include "tests/support/config_xml.h"
#include "tests/support/plain_record.h"
#include "tests/support/plain_rules.h"
#include "tests/support/rule_mix.h"

namespace pidigree {
namespace {

constexpr size_t kMostFilters = 5000;
constexpr size_t kFewestFilters = 50;
constexpr size_t kEvents = 1000;

// The same events for every number of filters: what no filter of the largest configuration matches
// matches none of the smaller ones, and what matches is made for the filters that all of them have.
struct Events {
  std::vector<PlainEvent> plain;
  RecordBatch batch;  // of `plain`, as the lineage hands it on

  explicit Events(std::vector<PlainEvent> events) : plain(std::move(events)) {
    for (const PlainEvent& event : plain) {
      const PlainRecord scattered(kProcessCreate, event);
      Record record = batch.Make(kProcessCreate);
      for (size_t i = 0; i < record.values.size(); ++i) {
        const Value& value = scattered.record().values[i];
        const auto* text = std::get_if<std::string_view>(&value);
        record.values[i] = text != nullptr ? Value(batch.Copy(*text)) : value;
      }
      batch.Append(record);
    }
  }
};

const Events& EventsFor(bool matching) {
  static MixedEvents mix(7);
  static const Events kNone(mix.NoMatches(kEvents, MixedRules(kMostFilters)));
  static const Events kTenth([] {
    std::vector<PlainEvent> events = kNone.plain;
    mix.MatchTenth(events, MixedRules(kFewestFilters));
    return events;
  }());
  return matching ? kTenth : kNone;
}

void BM_Decide(benchmark::State& state) {
  const RuleSet rules(LoadConfig(PlainXml(MixedRules(static_cast<size_t>(state.range(0))))).config);
  const Events& events = EventsFor(state.range(1) != 0);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(rules.Decide(events.batch.records()[i]));
    if (++i == kEvents) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Decide)
    ->ArgNames({"filters", "percent_matching"})
    ->ArgsProduct({{50, 500, 5000}, {0, 10}});

void BM_DecidePlain(benchmark::State& state) {
  const PlainConfiguration rules = MixedRules(static_cast<size_t>(state.range(0)));
  const Events& events = EventsFor(state.range(1) != 0);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(PlainDecide(rules, events.plain[i]));
    if (++i == kEvents) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_DecidePlain)
    ->ArgNames({"filters", "percent_matching"})
    ->ArgsProduct({{50, 500, 5000}, {0, 10}});

void BM_LoadConfig(benchmark::State& state) {
  const std::string xml = PlainXml(MixedRules(static_cast<size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(LoadConfig(xml));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(xml.size()));
}
BENCHMARK(BM_LoadConfig)->ArgName("filters")->Arg(5000)->Unit(benchmark::kMillisecond);

// A copy of the configuration is part of it.
void BM_Compile(benchmark::State& state) {
  const Config config =
      LoadConfig(PlainXml(MixedRules(static_cast<size_t>(state.range(0))))).config;
  for (auto _ : state) benchmark::DoNotOptimize(RuleSet(config).config().blocks.data());
}
BENCHMARK(BM_Compile)->ArgName("filters")->Arg(5000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pidigree
