#include "src/enrich/host_identity.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

TEST(ReadMachineId32, TakesTheFirstEightDigits) {
  const TempDir dir;
  const auto id = ReadMachineId32(dir.Write("machine-id", "8f3c0a1be52d4e7f9a0b1c2d3e4f5061\n"));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(*id, 0x8f3c0a1b);
}

TEST(ReadMachineId32, RefusesAHostThatHasNoneYet) {
  const TempDir dir;
  for (const char* content :
       {"uninitialized\n", "", "8f3c0a1b\n", "8f3c0a1be52d4e7f9a0b1c2d3e4f50612"}) {
    const auto id = ReadMachineId32(dir.Write("machine-id", content));
    ASSERT_FALSE(id.has_value()) << content;
    EXPECT_EQ(id.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(id.error().message, dir.Path("machine-id") + " does not start with 32 hex digits");
  }
  EXPECT_EQ(ReadMachineId32(dir.Path("none")).error().code, ErrorCode::kNotFound);
}

TEST(ReadBootId32, TakesTheFirstGroup) {
  const TempDir dir;
  const auto id = ReadBootId32(dir.Write("boot_id", "0d9f2c11-6f0a-4b9e-8c55-5a4be19d7e02\n"));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(*id, 0x0d9f2c11u);
}

TEST(HostId32, IsTheFrontOfTheSha256) {
  // sha256sum of nothing, of "abc" (FIPS 180-2, B.1).
  EXPECT_EQ(HostId32(""), 0xe3b0c442);
  EXPECT_EQ(HostId32("abc"), 0xba7816bf);
}

}  // namespace
}  // namespace pidigree
