#include "src/enrich/user_names.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

std::string Text(SharedTextPool& texts, SharedText* name) {
  const std::string text(name->part(0));
  texts.Release(name);
  return text;
}

TEST(ReadPasswd, TakesTheFirstNameOfAUidAndPassesOverOddLines) {
  const TempDir dir;
  const std::string path =
      dir.Write("passwd",
                "root:x:0:0:root:/root:/bin/bash\n# comment\n\ntoor:x:0:0::/:/bin/sh\n"
                "+::::::\nbad:x:abc:0::/:\nshort:x:7\nalice:x:1000:1000:::");
  const auto names = ReadPasswd(path);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->size(), 2u);
  EXPECT_EQ(names->at(0), "root");
  EXPECT_EQ(names->at(1000), "alice");
}

TEST(ReadPasswd, NamesAFileItCannotRead) {
  const auto names = ReadPasswd("/nonexistent/passwd");
  ASSERT_FALSE(names);
  EXPECT_NE(names.error().message.find("/nonexistent/passwd"), std::string::npos);
}

TEST(UserNames, PreferTheRecordsNameThenPasswdThenTheNumber) {
  SharedTextPool texts;
  UserNames users(texts, {{1000, "alice"}});
  EXPECT_EQ(Text(texts, users.Get(0, 1000, "")), "alice");
  EXPECT_EQ(Text(texts, users.Get(0, 1000, "bob")), "bob");
  EXPECT_EQ(Text(texts, users.Get(0, 1000, "")), "alice");
  EXPECT_EQ(Text(texts, users.Get(0, 61234, "")), "61234");
  EXPECT_EQ(Text(texts, users.Get(0, 4294967295, "")), "4294967295");
}

TEST(UserNames, OfTwoHostsAreKeptApart) {
  SharedTextPool texts;
  UserNames users(texts, {});
  EXPECT_EQ(Text(texts, users.Get(0, 1000, "alice")), "alice");
  EXPECT_EQ(Text(texts, users.Get(1, 1000, "bob")), "bob");
  EXPECT_EQ(Text(texts, users.Get(1, 1000, "")), "1000");
}

TEST(UserNames, AreValidText) {
  SharedTextPool texts;
  UserNames users(texts, {});
  EXPECT_EQ(Text(texts, users.Get(0, 1, "a\x01\xff")), "a\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace pidigree
