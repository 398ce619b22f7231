#include "src/cli/parse_size.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>

namespace pidigree {
namespace {

struct Size {
  const char* text;
  uint64_t bytes;
};
void PrintTo(const Size& size, std::ostream* out) { *out << size.text; }

class ParseSizeTest : public testing::TestWithParam<Size> {};

TEST_P(ParseSizeTest, IsThatManyBytes) {
  const Result<uint64_t> bytes = ParseSize(GetParam().text);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, ParseSizeTest,
    testing::Values(Size{"0", 0}, Size{"1", 1}, Size{"42b", 42}, Size{"1K", 1024},
                    Size{"2kB", 2048}, Size{"512M", uint64_t{512} << 20},
                    Size{"1 GiB", uint64_t{1} << 30}, Size{"\t3 ti ", uint64_t{3} << 40},
                    Size{"4p", uint64_t{4} << 50}, Size{"15E", uint64_t{15} << 60},
                    Size{"M", 1 << 20}, Size{"0x10k", 16 << 10}, Size{"010k", 8 << 10},
                    Size{"18446744073709551615", std::numeric_limits<uint64_t>::max()}));

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text : {"", " ", "lots", "1Z", "1Kbi", "1.5M", "1 2", "08", "0x", "M1", "1,000"})
    EXPECT_FALSE(ParseSize(text)) << text;
}

TEST(ParseSize, RefusesASizeBeyond64Bits) {
  EXPECT_TRUE(ParseSize("17592186044415M"));
  EXPECT_FALSE(ParseSize("17592186044416M"));
  EXPECT_FALSE(ParseSize("16E"));
}

}  // namespace
}  // namespace pidigree
