#include "src/cli/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

TEST(StateDirectory, IsMadeForItsOwnerAlone) {
  const TempDir dir;
  ASSERT_TRUE(StateDirectory::Lock(dir.Path("state")).has_value());
  struct stat status {};
  ASSERT_EQ(stat(dir.Path("state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST(StateDirectory, IsHeldByOneAtATime) {
  const TempDir dir;
  {
    const auto first = StateDirectory::Lock(dir.Path("state"));
    ASSERT_TRUE(first.has_value());
    const auto second = StateDirectory::Lock(dir.Path("state"));
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().message,
                testing::HasSubstr("another agent, process " + std::to_string(getpid()) + ","));
  }
  EXPECT_TRUE(StateDirectory::Lock(dir.Path("state")).has_value());
}

TEST(StateDirectory, NamesWhatCannotBeMade) {
  const TempDir dir;
  const auto state = StateDirectory::Lock(dir.Path("none/state"));
  ASSERT_FALSE(state.has_value());
  EXPECT_EQ(state.error().message,
            "make the state directory " + dir.Path("none/state") + ": No such file or directory");
}

}  // namespace
}  // namespace pidigree
