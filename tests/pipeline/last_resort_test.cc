#include "src/pipeline/last_resort.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace pidigree {
namespace {

TEST(LastResort, EndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const LastResort resort(std::chrono::seconds(0), "it hangs\n");
        for (;;) pause();
      },
      testing::ExitedWithCode(1), "it hangs\n");
}

TEST(LastResort, IsNotTakenInTime) { const LastResort resort(std::chrono::hours(1), "it hangs\n"); }

}  // namespace
}  // namespace pidigree
