#include "src/serialize/field_size_serializer.h"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/serialize/line_serializer.h"

namespace pidigree {
namespace {

struct Case {
  std::string_view name;
  std::vector<FieldLimit> limits;
  std::string_view image;
  std::string_view written;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class FieldSizes : public testing::TestWithParam<Case> {};

TEST_P(FieldSizes, CutWhatIsLongerThanAskedFor) {
  std::vector<Value> values(kProcessTerminate.fields.size());
  values[kProcessTerminate["Image"]] = GetParam().image;
  values[kProcessTerminate["User"]] = std::string_view("a long user name");
  const Record record{&kProcessTerminate, values, {}, 1, "host"};
  ByteBuffer out;
  EXPECT_FALSE(FieldSizeSerializer(std::make_unique<JsonSerializer>(Writer{}), GetParam().limits)
                   .Append(record, 0, out));

  values[kProcessTerminate["Image"]] = GetParam().written;
  ByteBuffer expected;
  JsonSerializer(Writer{}).Append(record, 0, expected);
  EXPECT_EQ(out.view(), expected.view());
}

INSTANTIATE_TEST_SUITE_P(
    Limits, FieldSizes,
    testing::Values(Case{"Longer", {{"Image", 8}}, "/usr/bin/true", "/usr/..."},
                    Case{"AsLong", {{"Image", 13}}, "/usr/bin/true", "/usr/bin/true"},
                    Case{"EllipsisAlone", {{"Image", 3}}, "/usr/bin/true", "..."},
                    Case{"NoRoomForEllipsis", {{"Image", 2}}, "/usr/bin/true", "-"},
                    Case{"Characters", {{"Image", 5}}, "äöüß€", "äöüß€"},
                    Case{"CutBetweenCharacters", {{"Image", 4}}, "äöüß€", "ä..."},
                    Case{"LastOneCounts", {{"Image", 5}, {"Image", 99}}, "/bin/true", "/bin/true"},
                    Case{"FieldOfAnotherEvent", {{"CommandLine", 5}}, "/bin/true", "/bin/true"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pidigree
