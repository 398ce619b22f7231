#include "src/enrich/live_users.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "src/event/subject.h"
#include "tests/support/slow_name_service.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

class LiveUsersTest : public testing::Test {
 protected:
  LiveUsersTest() {
    service_.clock = &clock_;
    service_.names[5000] = "carol";
    users_.Refresh(clock_.boot_ns);
  }

  std::string Name(uint32_t uid) {
    SharedText* text = users_.Get(uid);
    const std::string name(text->part(0));
    texts_.Release(text);
    return name;
  }

  void Pass(uint64_t seconds) { users_.Refresh(clock_.boot_ns += seconds * kSecond); }

  TempDir directory_;
  std::string passwd_ = directory_.Write("passwd", "root:x:0:0:::\nalice:x:1000:1000:::\n");
  SharedTextPool texts_;
  FixedClock clock_;
  SlowNameService<uint32_t> service_;
  LiveUsers users_{texts_, passwd_, &service_, clock_};
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
  users_.Refresh(clock_.boot_ns);
  EXPECT_EQ(Name(1000), "bob");
}

TEST_F(LiveUsersTest, KeepsTheNamesWhileThePasswdFileIsMissing) {
  ASSERT_EQ(std::remove(passwd_.c_str()), 0);
  users_.Refresh(clock_.boot_ns);
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

TEST_F(LiveUsersTest, PrintsTheNumberUntilALateAnswerComes) {
  service_.takes_ns = 150'000'000;
  EXPECT_EQ(Name(5000), "5000");
  EXPECT_EQ(Name(5000), "5000");
  EXPECT_EQ(users_.late(), 2u);
  Pass(1);
  EXPECT_EQ(Name(5000), "carol");
  EXPECT_EQ(users_.late(), 2u);
  EXPECT_EQ(service_.waited_ns, 100'000'000u);
}

TEST_F(LiveUsersTest, ServiceThatNeverAnswersIsWaitedForOnce) {
  service_.takes_ns = SlowNameService<uint32_t>::kNever;
  for (uint32_t uid = 5000; uid < 7000; ++uid) EXPECT_EQ(Name(uid), std::to_string(uid));
  EXPECT_EQ(Name(1000), "alice");
  EXPECT_EQ(users_.late(), 2000u);
  EXPECT_EQ(service_.waited_ns, 100'000'000u);
}

TEST_F(LiveUsersTest, ProcessesOfAUserShareATextAsLongAsItIsRight) {
  SharedText* const first = users_.Get(5000);
  SharedText* const second = users_.Get(5000);
  EXPECT_EQ(first, second);
  directory_.Write("passwd", "dave:x:5000:5000:::\n");
  users_.Refresh(clock_.boot_ns);
  EXPECT_EQ(Name(5000), "dave");
  EXPECT_EQ(first->part(0), "carol");
  texts_.Release(first);
  texts_.Release(second);
}

TEST_F(LiveUsersTest, MakesNamesValidText) {
  directory_.Write("passwd", "a\xff\x01:x:1000:1000:::\n");
  users_.Refresh(clock_.boot_ns);
  EXPECT_EQ(Name(1000), "a\ufffd\ufffd");
}

}  // namespace
}  // namespace pidigree
