#include "src/event/guid.h"

#include <gtest/gtest.h>

#include <string>

namespace pidigree {
namespace {

std::string Text(const Guid& guid) {
  std::string text(Guid::kTextSize, '\0');
  FormatGuid(guid, text.data());
  return text;
}

// {MMMMMMMM-BBBB-BBBB-TTTT-TTTTTTPPPPPP}: every part can be read off the text.
TEST(Guid, ProcessPartsStandWhereTheFormatSays) {
  EXPECT_EQ(Text(Guid::Process(0x3d1219c7, 0xaabbccdd, 0x123456789a, 0xbcdef0)),
            "{3d1219c7-aabb-ccdd-1234-56789abcdef0}");
}

TEST(Guid, LogonPartsStandWhereTheFormatSays) {
  EXPECT_EQ(Text(Guid::Logon(0x3d1219c7, 0xaabbccdd, 3, 1000)),
            "{3d1219c7-aabb-ccdd-0000-0003000003e8}");
}

TEST(Guid, ZeroIsPrintedInFull) {
  EXPECT_EQ(Text(Guid{}), "{00000000-0000-0000-0000-000000000000}");
}

TEST(Guid, ParsingReturnsWhatWasFormatted) {
  const Guid guid = Guid::Process(0xffffffff, 1, Guid::kMaxStart, 4194304);
  EXPECT_EQ(ParseGuid(Text(guid)), guid);
  EXPECT_EQ(guid.start(), Guid::kMaxStart);
  EXPECT_EQ(guid.pid(), 4194304u);
}

TEST(Guid, ParsingAcceptsUpperCase) {
  EXPECT_EQ(ParseGuid("{3D1219C7-AABB-CCDD-1234-56789ABCDEF0}"),
            ParseGuid("{3d1219c7-aabb-ccdd-1234-56789abcdef0}"));
}

class NotAGuid : public testing::TestWithParam<std::string_view> {};

TEST_P(NotAGuid, IsRefused) { EXPECT_EQ(ParseGuid(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Text, NotAGuid,
                         testing::Values("", "{}", "3d1219c7-aabb-ccdd-1234-56789abcdef0",
                                         "{3d1219c7-aabb-ccdd-1234-56789abcdefg}",
                                         "{3d1219c7-aabb-ccdd-1234-56789abcdef0",
                                         "{3d1219c7-aabb-ccdd-1234-56789abcdef0}}",
                                         "{3d1219c7+aabb-ccdd-1234-56789abcdef0}"));

}  // namespace
}  // namespace pidigree
