#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pidigree {

// How a filter of a configuration compares its value with a field: the `condition` attribute.
enum class Condition : uint8_t {
  kIs,
  kIsNot,
  kIsAny,
  kContains,
  kContainsAny,
  kContainsAll,
  kExcludes,
  kExcludesAny,
  kExcludesAll,
  kBeginWith,
  kNotBeginWith,
  kEndWith,
  kNotEndWith,
  kLessThan,
  kMoreThan,
  kImage,
};

struct ConditionType {
  Condition condition;
  std::string_view name;  // as configurations spell it, in any letter case
  bool list;              // the value is a list whose items are separated by ';'
  std::string_view doc;   // when it holds, one line
};

// In the order of the enumerators. Without an attribute, or with an empty one, a filter means kIs.
// Letter case (a-z) never counts, and the text compared is the one that the event prints.
inline constexpr std::array<ConditionType, 16> kConditions = {{
    {Condition::kIs, "is", false, "The field equals the value."},
    {Condition::kIsNot, "is not", false, "The field differs from the value."},
    {Condition::kIsAny, "is any", true, "The field equals one of the items."},
    {Condition::kContains, "contains", false, "The value stands in the field."},
    {Condition::kContainsAny, "contains any", true, "One of the items stands in the field."},
    {Condition::kContainsAll, "contains all", true, "Each of the items stands in the field."},
    {Condition::kExcludes, "excludes", false, "The value does not stand in the field."},
    {Condition::kExcludesAny, "excludes any", true, "None of the items stands in the field."},
    {Condition::kExcludesAll, "excludes all", true,
     "At least one item does not stand in the field."},
    {Condition::kBeginWith, "begin with", false, "The field begins with the value."},
    {Condition::kNotBeginWith, "not begin with", false, "The field does not begin with the value."},
    {Condition::kEndWith, "end with", false, "The field ends with the value."},
    {Condition::kNotEndWith, "not end with", false, "The field does not end with the value."},
    {Condition::kLessThan, "less than", false,
     "The field sorts before the value, as text in upper case; numbers are not compared as such."},
    {Condition::kMoreThan, "more than", false,
     "The field sorts after the value, as text in upper case; numbers are not compared as such."},
    {Condition::kImage, "image", false,
     "The field equals the value or, if the value is a bare name, its last path component does."},
}};

static_assert([] {
  for (size_t i = 0; i < kConditions.size(); ++i)
    if (static_cast<size_t>(kConditions[i].condition) != i) return false;
  return true;
}());

}  // namespace pidigree
