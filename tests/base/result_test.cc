#include "src/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace pidigree {
namespace {

TEST(FailErrno, SaysWhatWasTriedAndWhatCameBack) {
  const Result<> result = FailErrno(ENOENT, "open /nowhere");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "open /nowhere: No such file or directory");
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pidigree
