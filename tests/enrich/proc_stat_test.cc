#include "src/enrich/proc_stat.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pidigree {
namespace {

// Of a real process, fields 3 to 52 (proc(5)).
constexpr std::string_view kTail =
    " S 1 7 7 0 -1 4194560 2044 92 0 0 13 21 0 0 20 0 1 0 123456 9916416 1254 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 65536 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

struct Case {
  const char* name;
  std::string line;
  std::string_view comm;
};
void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class ProcStatComm : public testing::TestWithParam<Case> {};

TEST_P(ProcStatComm, EndsAtTheLastParenthesis) {
  const Result<ProcStat> stat = ParseProcStat(GetParam().line);
  ASSERT_TRUE(stat.has_value()) << stat.error().message;
  EXPECT_EQ(stat->comm, GetParam().comm);
  EXPECT_EQ(stat->pid, 7u);
  EXPECT_EQ(stat->ppid, 1u);
  EXPECT_EQ(stat->start_ticks, 123456u);
}

INSTANTIATE_TEST_SUITE_P(
    Comm, ProcStatComm,
    testing::Values(Case{"Plain", "7 (cron)" + std::string(kTail), "cron"},
                    Case{"Space", "7 (tmux: server)" + std::string(kTail), "tmux: server"},
                    Case{"Parenthesis", "7 (a) S 9 (b)" + std::string(kTail), "a) S 9 (b"},
                    Case{"Newline", "7 (a\nb)" + std::string(kTail), "a\nb"},
                    Case{"Empty", "7 ()" + std::string(kTail), ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ParseProcStat, RefusesWhatIsNoStatLine) {
  const std::string good = "7 (cron)" + std::string(kTail);
  for (const std::string& line :
       {std::string(), std::string("7"), std::string("7 (cron"), std::string("7 (cron) "),
        good.substr(0, good.find("123456")), "x" + good, "99999999999" + good,
        std::string("7 (cron) S x") + good.substr(12)}) {
    const Result<ProcStat> stat = ParseProcStat(line);
    ASSERT_FALSE(stat.has_value()) << line;
    EXPECT_EQ(stat.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace pidigree
