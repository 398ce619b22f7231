// A stop while the host is busy and nobody takes what the agent writes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <future>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"

namespace pidigree {
namespace {

using testing::IsEmpty;

// A child that makes processes without an end; they leave by themselves.
class Storm {
 public:
  Storm() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string argument(16 * 1024, 'x');  // few of their events are much to write
    for (;;) {
      const pid_t child = vfork();
      if (child == 0) {
        execl("/bin/true", "/bin/true", argument.c_str(), nullptr);
        _exit(127);
      }
      waitpid(child, nullptr, 0);
    }
  }
  ~Storm() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  const pid_t pid_;
};

using Losses = std::map<std::string, uint64_t>;  // by cause

// Of "pidigree: SINK: 12 events lost from ..."; what else was lost is left out.
Losses SaidIn(const std::string& err) {
  Losses losses;
  std::istringstream lines(err);
  for (std::string program, cause, rest; lines >> program >> cause && std::getline(lines, rest);)
    if (rest.find(" events lost from ") != rest.npos &&
        rest.ends_with("; the next start tells it as event 255"))
      losses[cause.substr(0, cause.size() - 1)] += std::stoull(rest);
  return losses;
}

Losses ToldIn(const std::vector<LoggedEvent>& events) {
  Losses losses;
  for (const LoggedEvent& event : events)
    if (const uint64_t lost = ToldLoss(event); lost > 0)
      losses[std::string(event.Get("ID"))] += lost;
  return losses;
}

enum class Deaf { kFifo, kSlowFifo, kSyslog };

const char* NameOf(Deaf deaf) {
  switch (deaf) {
    case Deaf::kFifo:
      return "AFifo";
    case Deaf::kSlowFifo:
      return "ASlowFifo";
    case Deaf::kSyslog:
      return "ASyslogSocket";
  }
  return "";
}
void PrintTo(Deaf deaf, std::ostream* out) { *out << NameOf(deaf); }

class AgentStopping : public AgentTest, public testing::WithParamInterface<Deaf> {
 protected:
  // Something to write to, which somebody holds open, but does not read.
  std::string MakeOutput() {
    if (GetParam() != Deaf::kSyslog) {
      const std::string path = dir_.Path("fifo");
      EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
      reader_ = UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
      if (GetParam() == Deaf::kSlowFifo) ReadSlowly();
      return path;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    dir_.Path("log").copy(address.sun_path, sizeof address.sun_path - 1);
    reader_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(reader_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return "syslog://" + dir_.Path("log");
  }

  // The same output, as the next run has it: it takes all. Heard() is what came.
  std::string OpenEars() const {
    if (GetParam() == Deaf::kSyslog) return "syslog://" + dir_.Path("log");
    EXPECT_EQ(unlink(dir_.Path("fifo").c_str()), 0);
    return dir_.Path("fifo");  // a file
  }
  std::vector<LoggedEvent> Heard() {
    if (GetParam() != Deaf::kSyslog) return ReadEvents(dir_.Path("fifo"));
    char bytes[16 * 1024];
    for (ssize_t got; (got = recv(reader_.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;)
      if (const auto event = ParseLoggedEvent({bytes, static_cast<size_t>(got)}))
        heard_.push_back(*event);
    return heard_;
  }

  // Whether the output takes nothing, or more waits for it than it takes within a stop.
  bool IsBehind() const {
    const std::string status = RunPidigree({"status", "--socket", dir_.Path("socket")}).out;
    if (status.empty()) return false;
    const OutputFigures figures = FiguresOf(
        status, GetParam() == Deaf::kSyslog ? "syslog://" + dir_.Path("log") : dir_.Path("fifo"));
    return GetParam() == Deaf::kSlowFifo ? figures.waiting_bytes > 1'000'000 : !figures.works;
  }

  // In a child: 4 KiB twice a second, so that it is never waited for in vain.
  void ReadSlowly() {
    taken_ = UniqueFd(open(dir_.Path("taken").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    slow_reader_ = fork();
    if (slow_reader_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      Take();
      poll(nullptr, 0, 500);
    }
  }
  // False: there is nothing.
  bool Take() const {
    char bytes[4096];
    const ssize_t got = read(reader_.get(), bytes, sizeof bytes);
    return got > 0 && write(taken_.get(), bytes, static_cast<size_t>(got)) == got;
  }
  // All that came out of the output, once the agent has ended.
  std::vector<LoggedEvent> Taken() {
    if (slow_reader_ <= 0) return {};
    StopReader();
    while (Take()) {
    }
    return ReadEvents(dir_.Path("taken"));
  }

  void TearDown() override {
    if (slow_reader_ > 0) StopReader();
  }
  void StopReader() {
    kill(slow_reader_, SIGKILL);
    waitpid(slow_reader_, nullptr, 0);
    slow_reader_ = -1;
  }

  UniqueFd reader_, taken_;
  pid_t slow_reader_ = -1;
  std::vector<LoggedEvent> heard_;  // by the socket
};

INSTANTIATE_TEST_SUITE_P(To, AgentStopping,
                         testing::Values(Deaf::kFifo, Deaf::kSlowFifo, Deaf::kSyslog),
                         [](const auto& deaf) { return NameOf(deaf.param); });

TEST_P(AgentStopping, IsInTimeAndWhatIsLostIsSaidAndToldByTheNextRun) {
  Losses said;
  {
    Conversation agent({"run", "--state-dir", dir_.Path("state"), "--socket", dir_.Path("socket"),
                        "--output", MakeOutput()});
    const Storm storm;
    ASSERT_TRUE(Eventually([&] { return IsBehind(); }));
    const auto begin = std::chrono::steady_clock::now();
    agent.Signal(SIGTERM);
    const ProgramResult result = agent.Finish();
    // docs/run.md says 5 s, and whether this machine has time for it nobody knows.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
    EXPECT_EQ(result.exit_status, 0) << result.err;
    said = SaidIn(result.err);
  }
  // The slow one may still take the agent's own last words.
  EXPECT_TRUE(!said.empty() || !ToldIn(Taken()).empty());
  RunningAgent next(dir_, {.more = {"--output", OpenEars()}});
  EXPECT_TRUE(Eventually([&] { return said.empty() || !ToldIn(Heard()).empty(); }));
  // A socket holds ten datagrams (net.unix.max_dgram_qlen): it is read until the end.
  std::future<ProgramResult> stop = std::async(std::launch::async, [&] { return next.Stop(); });
  while (stop.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) Heard();
  EXPECT_THAT(SaidIn(stop.get().err), IsEmpty());
  const Losses told = ToldIn(Heard());
  for (const auto& [cause, count] : said) {
    ASSERT_TRUE(told.contains(cause)) << cause;
    // The next run may lose something of other kinds by itself.
    EXPECT_TRUE(cause == "SINK" || cause == "STOP" ? told.at(cause) == count
                                                   : told.at(cause) >= count)
        << cause << ": " << told.at(cause) << " of " << count;
  }
}

}  // namespace
}  // namespace pidigree
