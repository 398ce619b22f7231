#include "src/event/value_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <string>

namespace pidigree {
namespace {

struct Case {
  std::string_view name;
  Value value;
  FieldType type;
  std::string_view text;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class ValueText : public testing::TestWithParam<Case> {};

TEST_P(ValueText, IsWhatSysmonPrints) {
  char buffer[kValueTextSize];
  EXPECT_EQ(FormatValue(GetParam().value, GetParam().type, buffer), GetParam().text);
}

constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();

// Times: date -u -d @SECONDS '+%F %T'.
INSTANTIATE_TEST_SUITE_P(
    Forms, ValueText,
    testing::Values(Case{"Absent", std::monostate{}, FieldType::kUInt32, "-"},
                    Case{"AbsentGuid", std::monostate{}, FieldType::kGuid,
                         "{00000000-0000-0000-0000-000000000000}"},
                    Case{"AbsentPid", std::monostate{}, FieldType::kPid, "0"},
                    Case{"AbsentPort", std::monostate{}, FieldType::kUInt16, "0"},
                    Case{"AbsentString", std::monostate{}, FieldType::kString, "-"},
                    Case{"EmptyString", std::string_view(), FieldType::kString, "-"},
                    Case{"String", std::string_view("a b"), FieldType::kString, "a b"},
                    Case{"StringInNumberField", std::string_view("0007"), FieldType::kPid, "0007"},
                    Case{"Zero", uint64_t{0}, FieldType::kUInt32, "0"},
                    Case{"Port", uint64_t{65535}, FieldType::kUInt16, "65535"},
                    Case{"Largest", kMax64, FieldType::kLogonId, "18446744073709551615"},
                    Case{"Hex", uint64_t{0x1f}, FieldType::kHexInt32, "0x1f"},
                    Case{"HexZero", uint64_t{0}, FieldType::kHexInt32, "0x0"},
                    Case{"True", true, FieldType::kBoolean, "true"},
                    Case{"False", false, FieldType::kBoolean, "false"},
                    Case{"Guid", Guid{0x0123456789abcdef, 0xfedcba9876543210}, FieldType::kGuid,
                         "{01234567-89ab-cdef-fedc-ba9876543210}"},
                    Case{"Time", UtcTime{1'795'478'344'381'999'999}, FieldType::kUtcTime,
                         "2026-11-23 23:59:04.381"},
                    Case{"TimeOfLeapDay", UtcTime{1'709'164'800'000'000'000}, FieldType::kUtcTime,
                         "2024-02-29 00:00:00.000"},
                    Case{"TimeBeforeEpoch", UtcTime{-1}, FieldType::kUtcTime,
                         "1969-12-31 23:59:59.999"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pidigree
