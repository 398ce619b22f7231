#include "src/base/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/read_file.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

TEST(ReplaceFile, MakesAFileThatOnlyItsOwnerMayRead) {
  const TempDir dir;
  ASSERT_TRUE(ReplaceFile(dir.Path("state"), "one").has_value());
  EXPECT_EQ(*ReadFile(dir.Path("state"), 100), "one");
  struct stat status {};
  ASSERT_EQ(stat(dir.Path("state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST(ReplaceFile, LeavesNothingOfTheOldContentAndNoDraft) {
  const TempDir dir;
  const std::string path = dir.Write("state", "something long");
  ASSERT_TRUE(ReplaceFile(path, "new").has_value());
  EXPECT_EQ(*ReadFile(path, 100), "new");
  EXPECT_NE(access((path + ".new").c_str(), F_OK), 0);
}

TEST(ReplaceFile, GivesAReaderOfTheOldFileItsOldContent) {
  const TempDir dir;
  const std::string path = dir.Write("state", "old");
  const std::string link = dir.Path("link");
  ASSERT_EQ(::link(path.c_str(), link.c_str()), 0);
  ASSERT_TRUE(ReplaceFile(path, "new").has_value());
  EXPECT_EQ(*ReadFile(link, 100), "old");
}

TEST(ReplaceFile, DoesNotFollowALinkThatLiesWhereTheDraftGoes) {
  const TempDir dir;
  const std::string victim = dir.Write("victim", "precious");
  ASSERT_EQ(symlink(victim.c_str(), dir.Path("state.new").c_str()), 0);
  EXPECT_FALSE(ReplaceFile(dir.Path("state"), "new").has_value());
  EXPECT_EQ(*ReadFile(victim, 100), "precious");
}

TEST(ReplaceFile, NamesTheFileThatItCannotMake) {
  const TempDir dir;
  const Result<> result = ReplaceFile(dir.Path("none/state"), "new");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message,
            "open " + dir.Path("none/state.new") + " for writing: No such file or directory");
}

}  // namespace
}  // namespace pidigree
