// What a RuleSet tells about itself, and that it can be replaced while records flow.

#include "src/filter/rule_set.h"
#include "src/base/mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>

#include "schema/events.h"
#include "src/config/config.h"
#include "tests/support/plain_record.h"

namespace pidigree {
namespace {

std::shared_ptr<const RuleSet> Rules(const std::string& filtering,
                                     const std::string& options = "") {
  LoadedConfig loaded = LoadConfig("<Sysmon schemaversion=\"4.90\">" + options +
                                   "<EventFiltering>" + filtering + "</EventFiltering></Sysmon>");
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.errors.front().text);
  return std::make_shared<const RuleSet>(std::move(loaded.config));
}

std::string Group(const std::string& relation, const std::string& blocks) {
  return "<RuleGroup groupRelation=\"" + relation + "\">" + blocks + "</RuleGroup>";
}
std::string Include(const std::string& filters) {
  return "<FileCreate onmatch=\"include\">" + filters + "</FileCreate>";
}
std::string Exclude(const std::string& filters) {
  return "<FileCreate onmatch=\"exclude\">" + filters + "</FileCreate>";
}
const std::string kTmp = "<TargetFilename condition=\"begin with\">/tmp/</TargetFilename>";
const std::string kAlways = "<Image condition=\"contains\"></Image>";
const std::string kNever = "<Image condition=\"is\"></Image>";

struct CanIncludeCase {
  std::string_view name;
  std::string filtering;
  bool can_include;  // a FileCreate
};
void PrintTo(const CanIncludeCase& c, std::ostream* out) { *out << c.filtering; }

class RuleSetCanInclude : public testing::TestWithParam<CanIncludeCase> {};

TEST_P(RuleSetCanInclude, TellsWhetherAnEventMayBeWritten) {
  EXPECT_EQ(Rules(GetParam().filtering)->CanInclude(kFileCreate), GetParam().can_include);
}

INSTANTIATE_TEST_SUITE_P(
    Blocks, RuleSetCanInclude,
    testing::Values(
        CanIncludeCase{"NoBlock", "", false},
        CanIncludeCase{"BlockOfAnotherEvent", "<FileDelete onmatch=\"exclude\"/>", false},
        CanIncludeCase{"EmptyInclude", Include(""), false},
        CanIncludeCase{"EmptyExclude", Exclude(""), true},
        CanIncludeCase{"Include", Include(kTmp), true},
        CanIncludeCase{"Exclude", Exclude(kTmp), true},
        CanIncludeCase{"TwoExcludes", Exclude(kTmp) + Exclude(kTmp), false},
        CanIncludeCase{"EmptyIncludeBesideAnExclude", Exclude(kTmp) + Include(""), false},
        CanIncludeCase{"IncludeBesideAnExclude", Include(kTmp) + Exclude(kTmp), true},
        CanIncludeCase{"IncludeThatNeverMatches", Include(kNever), false},
        CanIncludeCase{"IncludeThatMayMatch", Group("or", Include(kNever + kTmp)), true},
        CanIncludeCase{"AndWithWhatNeverMatches",
                       Group("and", Include("<User condition=\"is\"></User>" + kTmp)), false},
        CanIncludeCase{"ExcludeOfAll", Exclude(kAlways), false},
        CanIncludeCase{"ExcludeOfAllBesideAnInclude", Include(kTmp) + Exclude(kAlways), false},
        CanIncludeCase{"ExcludeOfAllInARule",
                       Exclude("<Rule groupRelation=\"and\">" + kAlways + kAlways + "</Rule>"),
                       false},
        CanIncludeCase{"ExcludeOfAllUnderAnd", Group("and", Exclude(kAlways + kNever)), false},
        CanIncludeCase{"ExcludeOfSomeUnderAnd", Group("and", Exclude(kAlways + kTmp)), true},
        CanIncludeCase{"ExcludeOfAllAmongOthers", Group("or", Exclude(kTmp + kAlways)), false}),
    [](const auto& test) { return std::string(test.param.name); });

// What is known of a process before it does anything.
class RuleSetCanIncludeOfImage : public testing::TestWithParam<CanIncludeCase> {};

TEST_P(RuleSetCanIncludeOfImage, TellsWhetherTheImageAloneExcludes) {
  const auto rules = Rules(GetParam().filtering);
  EXPECT_EQ(rules->CanInclude(kFileCreate, kFileCreate["Image"], "/usr/bin/apt"),
            GetParam().can_include);
}

const std::string kApt = "<Image condition=\"is\">/usr/bin/APT</Image>";
const std::string kOther = "<Image condition=\"image\">dpkg</Image>";

INSTANTIATE_TEST_SUITE_P(
    Blocks, RuleSetCanIncludeOfImage,
    testing::Values(
        CanIncludeCase{"NoBlock", "", false}, CanIncludeCase{"EmptyExclude", Exclude(""), true},
        CanIncludeCase{"Excluded", Exclude(kApt), false},
        CanIncludeCase{"ExcludedByName", Exclude("<Image condition=\"image\">apt</Image>"), false},
        CanIncludeCase{"OthersExcluded", Exclude(kOther), true},
        CanIncludeCase{"AmongOthers", Group("or", Exclude(kTmp + kOther + kApt)), false},
        CanIncludeCase{"BesideAnotherField", Group("and", Exclude(kTmp + kApt)), true},
        CanIncludeCase{"BesideTheSameField", Group("and", Exclude(kOther + kApt)), false},
        CanIncludeCase{"InARuleWithAnotherField",
                       Exclude("<Rule groupRelation=\"and\">" + kApt + kTmp + "</Rule>"), true},
        CanIncludeCase{"InARuleOfAlternatives",
                       Exclude("<Rule groupRelation=\"or\">" + kApt + kTmp + "</Rule>"), false},
        CanIncludeCase{"InARuleThatDoesNotHold",
                       Exclude("<Rule groupRelation=\"and\">" + kApt + kOther + "</Rule>"), true},
        CanIncludeCase{"NotIncluded", Include(kOther), false},
        CanIncludeCase{"Included", Include(kApt), true},
        CanIncludeCase{"PerhapsIncluded", Group("or", Include(kOther + kTmp)), true},
        CanIncludeCase{"NotIncludedSinceBothMustHold", Group("and", Include(kOther + kTmp)), false},
        CanIncludeCase{"ExcludedBeforeIncluded", Exclude(kApt) + Include(kTmp), false},
        CanIncludeCase{"PerhapsExcludedBeforeIncluded", Exclude(kTmp) + Include(kApt), true},
        CanIncludeCase{"PerhapsExcludedBeforeExcluded", Exclude(kApt) + Exclude(kTmp), false},
        CanIncludeCase{"EveryBlockOfSeveralMisses", Exclude(kOther) + Exclude(kTmp), false},
        CanIncludeCase{"Before", Exclude("<Image condition=\"less than\">/usr/bin/b</Image>"),
                       false},
        CanIncludeCase{"NotAfter", Exclude("<Image condition=\"more than\">/usr/bin/b</Image>"),
                       true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RuleSet, CanIncludeWhatIsIncludedByDefault) {
  const auto rules = Rules("");
  for (const EventType* event : kAllEvents) {
    const bool by_default =
        event->id == 1 || event->id == 5 || event->id == 4 || event->id == 16 || event->id == 255;
    EXPECT_EQ(rules->CanInclude(*event), by_default) << event->name;
  }
}

// Events of a series share an element, not all fields.
TEST(RuleSet, CanIncludeIsToldOfEachEventOfASeries) {
  const auto rules =
      Rules("<RegistryEvent onmatch=\"include\"><NewName>x</NewName></RegistryEvent>");
  EXPECT_FALSE(rules->CanInclude(kRegistryAddDelete));
  EXPECT_FALSE(rules->CanInclude(kRegistryValueSet));
  EXPECT_TRUE(rules->CanInclude(kRegistryRename));
}

TEST(RuleSet, NamesTheFieldsThatItsFiltersLookAt) {
  const auto rules = Rules(Include("<Rule groupRelation=\"and\"><User condition=\"more than\">m"
                                   "</User><Image condition=\"image\">sh</Image></Rule>") +
                           "<FileDelete onmatch=\"exclude\">"
                           "<Hashes condition=\"contains\">SHA1=0</Hashes>"
                           "<User condition=\"contains\"></User></FileDelete>");
  EXPECT_TRUE(rules->Names(kFileCreate, "User"));
  EXPECT_TRUE(rules->Names(kFileCreate, "Image"));
  EXPECT_FALSE(rules->Names(kFileCreate, "TargetFilename"));
  EXPECT_FALSE(rules->Names(kFileCreate, "Hashes"));  // it has no such field
  EXPECT_TRUE(rules->Names(kFileDelete, "Hashes"));
  EXPECT_FALSE(rules->Names(kFileDelete, "User"));  // always matches, whatever the user
  EXPECT_FALSE(rules->Names(kProcessCreate, "Hashes"));
  EXPECT_FALSE(rules->Names(kErrorReport, "ID"));
}

TEST(RuleSet, GivesTheOptionsOfTheConfiguration) {
  const auto defaults = Rules("");
  EXPECT_TRUE(defaults->config().hash_algorithms.sha256);
  EXPECT_FALSE(defaults->config().hash_algorithms.sha1);
  EXPECT_FALSE(defaults->config().hash_algorithms.md5);
  EXPECT_FALSE(defaults->config().dns_lookup);
  EXPECT_TRUE(defaults->config().field_sizes.empty());

  const auto set = Rules("",
                         "<HashAlgorithms>md5,IMPHASH</HashAlgorithms><DnsLookup>True</DnsLookup>"
                         "<FieldSizes>CommandLine:100,Image:40</FieldSizes>");
  EXPECT_FALSE(set->config().hash_algorithms.sha256);
  EXPECT_FALSE(set->config().hash_algorithms.sha1);
  EXPECT_TRUE(set->config().hash_algorithms.md5);
  EXPECT_TRUE(set->config().dns_lookup);
  ASSERT_EQ(set->config().field_sizes.size(), 2u);
  EXPECT_EQ(set->config().field_sizes[1].field, "Image");
  EXPECT_EQ(set->config().field_sizes[1].max_characters, 40u);
}

// One thread decides, others hand out new rules: each decision is wholly that of one rule set, and
// its RuleName lives as long as that.
TEST(RuleSet, IsReplacedWhileRecordsFlow) {
  const std::string names[] = {"first", "second", "third"};
  const auto make = [&](size_t i) {
    return Rules(Include("<Image name=\"" + names[i] + "\">/bin/" + names[i] +
                         "</Image><User condition=\"is not\">" + names[i] + "</User>"));
  };
  Mutex mutex;
  std::shared_ptr<const RuleSet> current = make(0);  // guarded by mutex

  std::atomic<bool> stop = false;
  std::thread replacer([&] {
    for (size_t i = 1; !stop; ++i) {
      auto next = make(i % 3);
      const MutexLock lock(mutex);
      current.swap(next);
    }
  });

  const PlainEvent event = EventWith(kFileCreate, {{"Image", "/bin/second"}, {"User", "u"}});
  const PlainRecord record(kFileCreate, event);
  size_t included = 0;
  for (int i = 0; i < 2000 || (included == 0 && i < 1'000'000); ++i) {
    std::shared_ptr<const RuleSet> rules;
    {
      const MutexLock lock(mutex);
      rules = current;
    }
    const Decision decision = rules->Decide(record.record());
    ASSERT_EQ(decision.included ? "second" : "-", decision.rule_name);
    included += decision.included ? 1 : 0;
  }
  stop = true;
  replacer.join();
  EXPECT_GT(included, 0u);
}

}  // namespace
}  // namespace pidigree
