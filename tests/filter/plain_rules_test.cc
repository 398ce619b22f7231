// The plain evaluator against what Sysmon is known to do: its documentation, its published tests,
// and runs of its engine. It is the measure for the real one, so it needs one itself.

#include "tests/support/plain_rules.h"

#include <gtest/gtest.h>

#include <ostream>

namespace pidigree {

void PrintTo(const PlainDecision& decision, std::ostream* out) {
  *out << (decision.included ? "in" : "out") << " " << decision.rule_name;
}

namespace {

struct ConditionCase {
  std::string_view name;
  std::string_view condition;
  std::string_view value;
  std::string_view text;
  bool holds;
};

void PrintTo(const ConditionCase& c, std::ostream* out) {
  *out << "'" << c.text << "' " << c.condition << " '" << c.value << "'";
}

class PlainCondition : public testing::TestWithParam<ConditionCase> {};

TEST_P(PlainCondition, Holds) {
  const ConditionCase& c = GetParam();
  EXPECT_EQ(PlainConditionHolds(c.condition, c.value, c.text), c.holds);
}

std::string ConditionName(const testing::TestParamInfo<ConditionCase>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(
    Case, PlainCondition,
    testing::Values(ConditionCase{"AsciiLettersFold", "is", "/BIN/sh", "/bin/SH", true},
                    ConditionCase{"OthersDoNot", "is", "É", "é", false},
                    ConditionCase{"KelvinSignIsNoK", "is", "\u212a", "k", false},
                    ConditionCase{"PunctuationDoesNot", "is", "[", "{", false},
                    ConditionCase{"ConditionNamesFold", "BeGiN wItH", "/b", "/bin", true},
                    ConditionCase{"NoConditionIsIs", "", "a", "A", true}),
    ConditionName);

INSTANTIATE_TEST_SUITE_P(
    Whole, PlainCondition,
    testing::Values(ConditionCase{"Is", "is", "ab", "ab", true},
                    ConditionCase{"IsNotAPart", "is", "ab", "abc", false},
                    ConditionCase{"BlanksCount", "is", "ab ", "ab", false},
                    ConditionCase{"IsNot", "is not", "ab", "abc", true},
                    ConditionCase{"IsNotEqual", "is not", "AB", "ab", false},
                    ConditionCase{"SemicolonIsOrdinary", "is", "a;b", "a;b", true},
                    ConditionCase{"IsAny", "is any", "a;b;c", "B", true},
                    ConditionCase{"IsAnyWhole", "is any", "ab;c", "a", false},
                    ConditionCase{"IsAnyKeepsBlanks", "is any", "a; b", "b", false}),
    ConditionName);

INSTANTIATE_TEST_SUITE_P(
    Part, PlainCondition,
    testing::Values(ConditionCase{"Contains", "contains", "/tmp/", "x /TMP/ y", true},
                    ConditionCase{"ContainsNot", "contains", "/tmp/", "/tmp", false},
                    ConditionCase{"Excludes", "excludes", "a", "b", true},
                    ConditionCase{"ExcludesNot", "excludes", "a", "ba", false},
                    ConditionCase{"ContainsAny", "contains any", "x;b", "abc", true},
                    ConditionCase{"ContainsAnyNone", "contains any", "x;y", "abc", false},
                    ConditionCase{"ContainsAll", "contains all", "c;a", "abc", true},
                    ConditionCase{"ContainsAllButOne", "contains all", "c;x", "abc", false},
                    ConditionCase{"ContainsAllMayOverlap", "contains all", "ab;bc", "abc", true},
                    ConditionCase{"ExcludesAnyOneIsThere", "excludes any", "a;x", "abc", false},
                    ConditionCase{"ExcludesAnyNoneIsThere", "excludes any", "x;y", "abc", true},
                    ConditionCase{"ExcludesAllOneIsMissing", "excludes all", "a;x", "abc", true},
                    ConditionCase{"ExcludesAllAllAreThere", "excludes all", "a;b", "abc", false},
                    ConditionCase{"BeginWith", "begin with", "/usr", "/usr/bin", true},
                    ConditionCase{"BeginWithLonger", "begin with", "/usr/bin", "/usr", false},
                    ConditionCase{"NotBeginWith", "not begin with", "/usr", "/opt", true},
                    ConditionCase{"EndWith", "end with", "SH", "bash", true},
                    ConditionCase{"EndWithLonger", "end with", "bash", "sh", false},
                    ConditionCase{"NotEndWith", "not end with", "sh", "bash", false}),
    ConditionName);

INSTANTIATE_TEST_SUITE_P(
    Order, PlainCondition,
    testing::Values(ConditionCase{"TextNotNumber", "less than", "1024", "80", false},
                    ConditionCase{"LongerNumberIsLess", "less than", "1024", "100000", true},
                    ConditionCase{"EqualIsNotLess", "less than", "a", "A", false},
                    ConditionCase{"EqualIsNotMore", "more than", "a", "A", false},
                    ConditionCase{"PrefixIsLess", "less than", "ab", "a", true},
                    ConditionCase{"UnderscoreIsAfterLetters", "more than", "z", "_", true},
                    ConditionCase{"BackslashIsAfterLetters", "more than", "z", "\\", true},
                    ConditionCase{"NonAsciiIsLast", "more than", "~", "é", true}),
    ConditionName);

INSTANTIATE_TEST_SUITE_P(
    Image, PlainCondition,
    testing::Values(ConditionCase{"LastComponent", "image", "bash", "/usr/bin/BASH", true},
                    ConditionCase{"NotItsEnd", "image", "sh", "/usr/bin/bash", false},
                    ConditionCase{"WholePath", "image", "/usr/bin/bash", "/usr/bin/bash", true},
                    ConditionCase{"PathIsNotAPart", "image", "/bash", "/usr/bin/bash", false},
                    ConditionCase{"NoDirectoryInField", "image", "bash", "bash", true},
                    ConditionCase{"Backslash", "image", "cmd.exe", "C:\\Windows\\cmd.exe", true},
                    ConditionCase{"SlashGoesFirst", "image", "b", "/x/a\\b", false},
                    ConditionCase{"BackslashInName", "image", "a\\b", "/x/a\\b", false},
                    ConditionCase{"BackslashPath", "image", "C:\\a", "c:\\A", true}),
    ConditionName);

// A field prints at least "-", so an empty value stands at its start, its end and inside it.
INSTANTIATE_TEST_SUITE_P(
    EmptyValue, PlainCondition,
    testing::Values(ConditionCase{"Is", "is", "", "a", false},
                    ConditionCase{"IsNot", "is not", "", "a", true},
                    ConditionCase{"IsAny", "is any", "", "a", false},
                    ConditionCase{"Contains", "contains", "", "a", true},
                    ConditionCase{"ContainsAny", "contains any", "", "a", true},
                    ConditionCase{"ContainsAll", "contains all", "", "a", true},
                    ConditionCase{"Excludes", "excludes", "", "a", false},
                    ConditionCase{"ExcludesAny", "excludes any", "", "a", false},
                    ConditionCase{"ExcludesAll", "excludes all", "", "a", false},
                    ConditionCase{"BeginWith", "begin with", "", "a", true},
                    ConditionCase{"NotBeginWith", "not begin with", "", "a", false},
                    ConditionCase{"EndWith", "end with", "", "a", true},
                    ConditionCase{"NotEndWith", "not end with", "", "a", false},
                    ConditionCase{"LessThan", "less than", "", "a", false},
                    ConditionCase{"MoreThan", "more than", "", "a", true}),
    ConditionName);

INSTANTIATE_TEST_SUITE_P(
    EmptyItems, PlainCondition,
    testing::Values(ConditionCase{"LastIsSkipped", "contains any", "x;", "abc", false},
                    ConditionCase{"InnerIsSkipped", "contains any", "x;;b", "abc", true},
                    ConditionCase{"FirstIsSkipped", "excludes any", ";x", "abc", true},
                    ConditionCase{"OnlyEmptyIsTheEmptyValue", "contains all", ";;", "abc", true},
                    ConditionCase{"OnlyEmptyIsAny", "is any", ";", "-", false}),
    ConditionName);

// Blocks and events, written short.

using Items = std::vector<PlainItem>;

PlainFilter ImageIs(std::string value, std::string name = "") {
  return {"Image", "is", std::move(value), std::move(name)};
}
PlainFilter UserIs(std::string value, std::string name = "") {
  return {"User", "is", std::move(value), std::move(name)};
}
PlainBlock Include(Items items, std::string relation = "or", std::string name = "") {
  return {"ProcessCreate", true, std::move(name), std::move(relation), std::move(items)};
}
PlainBlock Exclude(Items items, std::string relation = "or") {
  return {"ProcessCreate", false, "", std::move(relation), std::move(items)};
}

const PlainDecision kOut{false, "-"};
const PlainDecision kIn{true, "-"};
PlainDecision Named(std::string name) { return {true, std::move(name)}; }

struct BlockCase {
  std::string_view name;
  std::vector<PlainBlock> blocks;
  PlainDecision expected;  // for a ProcessCreate with Image "a" and User "u"
  int minor = 90;
};

void PrintTo(const BlockCase& c, std::ostream* out) { *out << c.name; }

class PlainBlocks : public testing::TestWithParam<BlockCase> {};

TEST_P(PlainBlocks, Decide) {
  const PlainConfiguration configuration{GetParam().minor, GetParam().blocks};
  const PlainEvent event{1, {{"RuleName", "-"}, {"Image", "a"}, {"User", "u"}, {"Hashes", ""}}};
  EXPECT_EQ(PlainDecide(configuration, event), GetParam().expected);
}

std::string BlockName(const testing::TestParamInfo<BlockCase>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(
    Order, PlainBlocks,
    testing::Values(BlockCase{"ExcludeBeatsInclude",
                              {Exclude({ImageIs("a")}), Include({ImageIs("a", "n")})},
                              kOut},
                    BlockCase{"ExcludeBeatsIncludeWhereverItStands",
                              {Include({ImageIs("a", "n")}), Exclude({ImageIs("a")})},
                              kOut},
                    BlockCase{"LastMatchingIncludeNames",
                              {Include({ImageIs("a", "first")}), Include({UserIs("u", "last")})},
                              Named("last")},
                    BlockCase{"EarlierIncludeIfTheLastFails",
                              {Include({ImageIs("a", "first")}), Include({UserIs("x", "last")})},
                              Named("first")}),
    BlockName);

INSTANTIATE_TEST_SUITE_P(
    NothingMatches, PlainBlocks,
    testing::Values(
        BlockCase{"OneExclude", {Exclude({ImageIs("x")})}, kIn},
        BlockCase{"OneInclude", {Include({ImageIs("x")})}, kOut},
        BlockCase{"OneOfEach", {Exclude({ImageIs("x")}), Include({ImageIs("x")})}, kOut},
        BlockCase{"TwoExcludes", {Exclude({ImageIs("x")}), Exclude({UserIs("x")})}, kOut},
        BlockCase{"EmptyExcludeLogsAll", {Exclude({})}, kIn},
        BlockCase{"EmptyIncludeLogsNone", {Include({})}, kOut},
        BlockCase{"EmptyAndNeverMatches", {Include({}, "and")}, kOut},
        BlockCase{"EmptyRuleIsNoFilter", {Include({PlainRule{"r", "and", {}}}, "and")}, kOut},
        BlockCase{"EmptyRuleBesideAFilter",
                  {Include({PlainRule{"r", "", {}}, ImageIs("a", "n")}, "and")},
                  Named("n")},
        BlockCase{"NoBlock", {}, kIn}),
    BlockName);

INSTANTIATE_TEST_SUITE_P(
    Combine, PlainBlocks,
    testing::Values(
        BlockCase{"OrNeedsOne", {Include({ImageIs("x"), UserIs("u")}, "or")}, kIn},
        BlockCase{"AndNeedsEachField", {Include({ImageIs("a"), UserIs("x")}, "and")}, kOut},
        BlockCase{"AndOfAllFields", {Include({ImageIs("a"), UserIs("u")}, "and")}, kIn},
        BlockCase{"RepeatsUnderAndAreAlternatives",
                  {Include({ImageIs("x"), UserIs("u"), ImageIs("a")}, "and")},
                  kIn},
        BlockCase{
            "AllRepeatsFail", {Include({ImageIs("x"), ImageIs("y"), UserIs("u")}, "and")}, kOut},
        BlockCase{"OldSchemaIsOr", {Include({ImageIs("x"), UserIs("u")}, "")}, kIn, 10},
        BlockCase{"NewSchemaIsAnd", {Include({ImageIs("x"), UserIs("u")}, "")}, kOut, 21},
        BlockCase{"JustAboveTheBorderIsAnd", {Include({ImageIs("x"), UserIs("u")}, "")}, kOut, 11},
        BlockCase{
            "RelationBeatsOldSchema", {Include({ImageIs("x"), UserIs("u")}, "and")}, kOut, 10}),
    BlockName);

INSTANTIATE_TEST_SUITE_P(
    Rule, PlainBlocks,
    testing::Values(
        BlockCase{"AndNeedsRepeatsToo",
                  {Include({PlainRule{"", "and", {ImageIs("x"), ImageIs("a")}}})},
                  kOut},
        BlockCase{"AndOfAll", {Include({PlainRule{"", "and", {ImageIs("a"), UserIs("u")}}})}, kIn},
        BlockCase{
            "NoRelationIsOr", {Include({PlainRule{"", "", {ImageIs("x"), UserIs("u")}}})}, kIn},
        BlockCase{"OneOfTheBlock",
                  {Include({ImageIs("a"), PlainRule{"", "and", {ImageIs("x")}}}, "or")},
                  kIn},
        BlockCase{"MustMatchUnderAnd",
                  {Include({ImageIs("a"), PlainRule{"", "and", {UserIs("x")}}}, "and")},
                  kOut},
        BlockCase{"DoesNotRepeatWhatIsOutside",
                  {Include({ImageIs("x"), PlainRule{"", "or", {ImageIs("a")}}}, "and")},
                  kOut},
        BlockCase{
            "EachMustMatchUnderAnd",
            {Include({PlainRule{"", "or", {ImageIs("a")}}, PlainRule{"", "or", {ImageIs("x")}}},
                     "and")},
            kOut}),
    BlockName);

INSTANTIATE_TEST_SUITE_P(
    RuleName, PlainBlocks,
    testing::Values(
        BlockCase{
            "OfTheFilter", {Include({ImageIs("a", "filter")}, "or", "group")}, Named("filter")},
        BlockCase{"OfTheGroup", {Include({ImageIs("a")}, "or", "group")}, Named("group")},
        BlockCase{"OfTheRule",
                  {Include({PlainRule{"rule", "and", {ImageIs("a")}}}, "or", "group")},
                  Named("rule")},
        BlockCase{"OfTheFilterInTheRule",
                  {Include({PlainRule{"rule", "and", {ImageIs("a", "filter")}}}, "or", "group")},
                  Named("filter")},
        BlockCase{"OfTheGroupAroundAnUnnamedRule",
                  {Include({PlainRule{"", "and", {ImageIs("a")}}}, "or", "group")},
                  Named("group")},
        BlockCase{"FirstMatchUnderOr",
                  {Include({ImageIs("x", "no"), ImageIs("a", "first"), UserIs("u", "last")})},
                  Named("first")},
        BlockCase{"LastMatchUnderAnd",
                  {Include({ImageIs("a", "first"), UserIs("u", "last")}, "and")},
                  Named("last")},
        BlockCase{"FirstOfTheRepeatsUnderAnd",
                  {Include({ImageIs("a", "first"), PlainFilter{"Image", "contains", "a", "second"}},
                           "and")},
                  Named("first")},
        BlockCase{"LastOfARuleUnderAnd",
                  {Include({PlainRule{"", "and", {ImageIs("a", "first"), UserIs("u", "last")}}})},
                  Named("last")},
        BlockCase{"UnnamedMatchLeavesTheNameBefore",
                  {Include({ImageIs("a", "named"), UserIs("u")}, "and")},
                  Named("named")},
        BlockCase{"FailedRuleLeavesNone",
                  {Include({PlainRule{"rule", "and", {ImageIs("a"), UserIs("x")}}, UserIs("u")})},
                  kIn},
        BlockCase{"FailedBlockLeavesNone",
                  {Include({UserIs("u")}), Include({ImageIs("a", "n"), UserIs("x")}, "and")},
                  kIn},
        BlockCase{"ExcludedHasNone", {Exclude({ImageIs("a", "n")})}, kOut},
        BlockCase{
            "IsADashForFilters", {Include({PlainFilter{"RuleName", "is", "-", "n"}})}, Named("n")}),
    BlockName);

INSTANTIATE_TEST_SUITE_P(
    Field, PlainBlocks,
    testing::Values(
        BlockCase{"EmptyPrintsADash", {Include({PlainFilter{"Hashes", "is", "-", ""}})}, kIn},
        BlockCase{
            "UnknownToTheEvent", {Include({PlainFilter{"Details", "is not", "x", ""}})}, kOut}),
    BlockName);

struct DefaultCase {
  uint16_t id;
  bool included;
};

// With rules for another event only.
TEST(PlainDefaults, HoldForEventsThatNoRuleNames) {
  const PlainConfiguration configuration{90, {{"FileDelete", true, "", "", {}}}};
  for (const DefaultCase& c : {DefaultCase{1, true},
                               {2, false},
                               {3, false},
                               {5, true},
                               {11, false},
                               {22, false},
                               {100, false},
                               {4, true},
                               {16, true},
                               {255, true}})
    EXPECT_EQ(PlainDecide(configuration, {c.id, {{"UtcTime", "-"}}}).included, c.included) << c.id;
}

// One element stands for a series of events; a field that only one of them has is a matter of that
// one.
TEST(PlainSeries, FieldsCountForTheEventsThatHaveThem) {
  const PlainConfiguration configuration{90,
                                         {{"RegistryEvent",
                                           true,
                                           "",
                                           "or",
                                           {PlainFilter{"Details", "contains", "", "d"},
                                            PlainFilter{"TargetObject", "is", "t", "o"}}}}};
  EXPECT_EQ(PlainDecide(configuration, {12, {{"TargetObject", "t"}}}), Named("o"));
  EXPECT_EQ(PlainDecide(configuration, {12, {{"TargetObject", "x"}}}), kOut);
  EXPECT_EQ(PlainDecide(configuration, {13, {{"TargetObject", "t"}, {"Details", "-"}}}),
            Named("d"));
}

}  // namespace
}  // namespace pidigree
