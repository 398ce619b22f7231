#include "src/enrich/file_hash.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "src/base/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

// Of "abc": FIPS 180-2, appendices A.1 and B.1; RFC 1321, appendix A.5.
constexpr char kSha1[] = "SHA1=a9993e364706816aba3e25717850c26c9cd0d89d";
constexpr char kMd5[] = "MD5=900150983cd24fb0d6963f7d28e17f72";
constexpr char kSha256[] =
    "SHA256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(HashBytes, WritesWhatWasAskedForInTheOrderOfSysmon) {
  EXPECT_EQ(*HashBytes("abc", {.sha1 = true, .md5 = true, .sha256 = true}),
            std::string(kSha1) + "," + kMd5 + "," + kSha256);
  EXPECT_EQ(*HashBytes("abc", {.md5 = true}), kMd5);
  EXPECT_EQ(*HashBytes("abc", {.sha1 = true, .sha256 = true}), std::string(kSha1) + "," + kSha256);
  EXPECT_EQ(*HashBytes("abc", {}), "");
}

class HashFileTest : public testing::Test {
 protected:
  Result<std::string> Hash(const std::string& content, uint64_t max_bytes) {
    const UniqueFd file(open(dir_.Write("file", content).c_str(), O_RDONLY | O_CLOEXEC));
    return HashFile(file.get(), {.sha256 = true}, max_bytes, cancelled_);
  }

  TempDir dir_;
  std::atomic<bool> cancelled_ = false;
};

TEST_F(HashFileTest, HashesAllOfTheFile) {
  EXPECT_EQ(*Hash("abc", 3), kSha256);
  // FIPS 180-2, appendix B.3: a million times "a", more than is read in one step.
  EXPECT_EQ(*Hash(std::string(1'000'000, 'a'), 1'000'000),
            "SHA256=cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(HashFileTest, RefusesMoreThanTheLimit) {
  const auto result = Hash("abc", 2);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kLimit);
}

TEST_F(HashFileTest, StopsWhenCancelled) {
  cancelled_ = true;
  EXPECT_FALSE(Hash("abc", 3).has_value());
}

}  // namespace
}  // namespace pidigree
