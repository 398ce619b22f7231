#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/e2e/exec_log.h"
#include "tests/e2e/program.h"
#include "tests/e2e/terminal.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr char kErase[] = "\r\033[K";

// What stands behind the last erased line.
std::string AfterErasing(const Terminal& terminal) {
  const size_t erased = terminal.text().rfind(kErase);
  return erased == std::string::npos ? "" : terminal.text().substr(erased + sizeof kErase - 1);
}

TEST(Progress, OfFilesIsTheShareReadAndIsErasedAtTheEnd) {
  const TempDir dir;
  const std::string log = dir.Write("log", Execs(30'000));
  Terminal terminal;
  Conversation translate({"translate", "--node", "h", log}, terminal.fd());
  // The program cannot be done before its output is taken.
  while (!terminal.Shows("MB/s")) {
    ASSERT_TRUE(translate.ReadSome());
    terminal.Read(5);
  }
  EXPECT_EQ(translate.Finish().exit_status, 0);
  while (terminal.Read(0)) {
  }
  EXPECT_THAT(terminal.text(),
              ContainsRegex("\r\033\\[K *[0-9]+ %  [0-9.]+ MB  [0-9.]+ MB/s  [0-9]+ events"));
  EXPECT_THAT(AfterErasing(terminal), testing::StartsWith("events written:\r\n"));
}

TEST(Progress, OfAPipeHasNoShare) {
  Terminal terminal;
  Conversation translate({"translate", "--node", "h", "-"}, terminal.fd());
  // Each event is written when the log is a minute further.
  for (int i = 0; !terminal.Shows("MB/s"); ++i) {
    translate.Write(Exec(kLogStart + 60 * i, i, 100 + i, "p" + std::to_string(i)));
    if (i >= 2) {
      ASSERT_TRUE(translate.ReadUntil(Image("p" + std::to_string(i - 2))));
    }
    terminal.Read(5);
  }
  EXPECT_EQ(translate.Finish().exit_status, 0);
  while (terminal.Read(0)) {
  }
  EXPECT_THAT(terminal.text(), ContainsRegex("\r\033\\[K[0-9.]+ MB  [0-9.]+ MB/s  [0-9]+ events"));
  EXPECT_THAT(AfterErasing(terminal), testing::StartsWith("events written:\r\n"));
}

TEST(Progress, StaysOutOfEventsOnTheSameTerminal) {
  const TempDir dir;
  const std::string log = dir.Write("log", Execs(30'000));
  Terminal terminal;
  Conversation translate({"translate", "--node", "h", log}, terminal.fd(), terminal.fd());
  for (int tries = 0; !terminal.Shows("<Event>"); ++tries) {
    ASSERT_LT(tries, 60) << "nothing was printed within a minute";
    terminal.Read(1000);
  }
  const auto start = std::chrono::steady_clock::now();
  // Longer than the time between two updates; the program waits for us meanwhile.
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(500))
    terminal.Read(5);
  EXPECT_THAT(terminal.text(), Not(HasSubstr(kErase)));
}

}  // namespace
}  // namespace pidigree
