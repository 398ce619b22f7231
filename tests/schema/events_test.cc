#include "schema/events.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "schema/conditions.h"
#include "schema/options.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string_view Name(DefaultAction action) {
  switch (action) {
    case DefaultAction::kInclude:
      return "include";
    case DefaultAction::kExclude:
      return "exclude";
    case DefaultAction::kAlways:
      return "always";
  }
  return {};
}

// `event` in the form of a line of data/events.txt.
std::string Describe(const EventType& event) {
  std::ostringstream out;
  out << event.id << ' ' << int{event.version} << ' ' << int{event.level} << ' '
      << (event.rule.empty() ? "-" : event.rule) << ' ' << Name(event.by_default) << ' '
      << event.since;
  for (const Field& field : event.fields) {
    out << ' ' << field.name << (field.meaningful ? "" : "!");
    if (ManifestType(field.type) != "UnicodeString") out << ':' << ManifestType(field.type);
    if (field.since > event.since) out << '@' << field.since;
  }
  return out.str();
}

TEST(Events, EqualThePublishedSchema) {
  std::ifstream file(PIDIGREE_SOURCE_DIR "/tests/schema/data/events.txt");
  std::vector<std::string> published;
  for (std::string line; std::getline(file, line);)
    if (!line.starts_with('#')) published.push_back(line);

  ASSERT_EQ(published.size(), kAllEvents.size());
  for (size_t i = 0; i < published.size(); ++i) EXPECT_EQ(Describe(*kAllEvents[i]), published[i]);
}

TEST(Events, AreFoundById) {
  for (const EventType* event : kAllEvents) EXPECT_EQ(FindEvent(event->id), event);
  for (const uint32_t id : {0u, 30u, 99u, 101u, 254u, 256u, 65537u})
    EXPECT_EQ(FindEvent(id), nullptr) << id;
}

std::vector<int> IdsOfRule(std::string_view rule) {
  std::vector<int> ids;
  for (const EventType* event : EventsOfRule(rule)) ids.push_back(event->id);
  return ids;
}

TEST(Events, SeriesShareOneRule) {
  EXPECT_THAT(IdsOfRule("RegistryEvent"), ElementsAre(12, 13, 14));
  EXPECT_THAT(IdsOfRule("PipeEvent"), ElementsAre(17, 18));
  EXPECT_THAT(IdsOfRule("WmiEvent"), ElementsAre(19, 20, 21));
  EXPECT_THAT(IdsOfRule("ProcessCreate"), ElementsAre(1));
  EXPECT_THAT(IdsOfRule("eBPFEvent"), ElementsAre(100));
}

TEST(Events, RulesAreFoundByExactName) {
  EXPECT_THAT(IdsOfRule("processcreate"), IsEmpty());
  EXPECT_THAT(IdsOfRule("PipeCreated"), IsEmpty());
  EXPECT_THAT(IdsOfRule(""), IsEmpty());
}

TEST(Events, FieldsAreFoundByExactName) {
  EXPECT_EQ(kProcessTerminate["Image"], 4u);
  EXPECT_EQ(kProcessTerminate.Find("image"), EventType::kNoField);
  EXPECT_EQ(kProcessAccess["SourceProcessGUID"], 2u);
  EXPECT_EQ(kCreateRemoteThread["SourceProcessGuid"], 2u);
}

TEST(Events, TaskNamesTheRule) {
  for (const EventType* event : kAllEvents) {
    const std::string rule = "(rule: " + std::string(event->rule) + ")";
    EXPECT_EQ(event->task.ends_with(rule), !event->rule.empty()) << event->name;
  }
}

TEST(Conditions, AreSixteen) {
  std::vector<std::string_view> lists;
  for (const ConditionType& type : kConditions)
    if (type.list) lists.push_back(type.name);
  EXPECT_EQ(kConditions.size(), 16u);
  EXPECT_THAT(
      lists, ElementsAre("is any", "contains any", "contains all", "excludes any", "excludes all"));
}

TEST(Options, ThreeHaveAMeaningOnLinux) {
  std::vector<std::string_view> supported;
  for (const ConfigOption& option : kConfigOptions)
    if (option.support == OptionSupport::kSupported) supported.push_back(option.name);
  EXPECT_THAT(supported, ElementsAre("DnsLookup", "FieldSizes", "HashAlgorithms"));
}

}  // namespace
}  // namespace pidigree
