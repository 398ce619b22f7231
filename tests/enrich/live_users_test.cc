#include "src/enrich/live_users.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "src/event/process_fact.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// Knows uid 5000, and says nothing about 6000 in time.
class Directory final : public UserNameService {
 public:
  std::optional<std::string> Ask(const uint32_t& uid, std::chrono::nanoseconds) override {
    asked.push_back(uid);
    if (uid == 6000) return std::nullopt;
    return uid == 5000 ? "carol" : "";
  }
  std::optional<Answer> TakeLate() override { return std::nullopt; }
  std::vector<uint32_t> asked;
};

class LiveUsersTest : public testing::Test {
 protected:
  LiveUsersTest() { users_.Refresh(now_); }

  std::string Name(uint32_t uid) {
    SharedText* text = users_.Get(uid);
    const std::string name(text->part(0));
    texts_.Release(text);
    return name;
  }
  void Pass(uint64_t seconds) { users_.Refresh(now_ += seconds * kSecond); }

  TempDir directory_;
  std::string passwd_ = directory_.Write("passwd", "root:x:0:0:::\nalice:x:1000:1000:::\n");
  SharedTextPool texts_;
  Directory service_;
  LiveUsers users_{texts_, passwd_, &service_};
  uint64_t now_ = kSecond;
};

TEST_F(LiveUsersTest, TakesThePasswdFileBeforeTheNameServiceBeforeTheNumber) {
  EXPECT_EQ(Name(1000), "alice");
  EXPECT_EQ(Name(5000), "carol");
  EXPECT_EQ(Name(7000), "7000");
  EXPECT_EQ(service_.asked, (std::vector<uint32_t>{5000, 7000}));
  EXPECT_EQ(users_.Get(kUnset), nullptr);
}

TEST_F(LiveUsersTest, ReadsThePasswdFileAgainWhenItHasChanged) {
  EXPECT_EQ(Name(1000), "alice");
  directory_.Write("new", "bob:x:1000:1000:::\nroot:x:0:0:::\n");
  ASSERT_EQ(std::rename(directory_.Path("new").c_str(), passwd_.c_str()), 0);
  EXPECT_EQ(Name(1000), "alice");
  Pass(0);
  EXPECT_EQ(Name(1000), "bob");
}

TEST_F(LiveUsersTest, KeepsTheNamesWhileThePasswdFileIsMissing) {
  ASSERT_EQ(std::remove(passwd_.c_str()), 0);
  Pass(1);
  EXPECT_EQ(Name(1000), "alice");
}

TEST_F(LiveUsersTest, AsksOnceForSomeTime) {
  Name(5000);
  Pass(300);
  Name(5000);
  EXPECT_EQ(service_.asked.size(), 1u);
  Pass(300);
  Name(5000);
  EXPECT_EQ(service_.asked.size(), 2u);
}

TEST_F(LiveUsersTest, AsksNobodyForAWhileAfterALateAnswer) {
  EXPECT_EQ(Name(6000), "6000");
  EXPECT_EQ(Name(5000), "5000");
  EXPECT_EQ(service_.asked.size(), 1u);
  EXPECT_EQ(users_.late(), 2u);
  Pass(5);
  EXPECT_EQ(Name(5000), "carol");
}

TEST_F(LiveUsersTest, MakesNamesValidText) {
  directory_.Write("passwd", "a\xff\x01:x:1000:1000:::\n");
  Pass(1);
  EXPECT_EQ(Name(1000), "a\ufffd\ufffd");
}

}  // namespace
}  // namespace pidigree
