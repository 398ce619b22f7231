// usage: agent_start EVENTS PROGRAM [ARGUMENT...]
//
// Runs PROGRAM, an agent that writes to the file EVENTS, until two lines are there: that of its
// start (event 4), and that of a process which is started right after it. Ends it, and prints the
// seconds from the execve of the agent to each. Looks at the file every millisecond.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

pid_t Spawn(char* const* argv) {
  pid_t pid = 0;
  return posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) == 0 ? pid : -1;
}

// What comes to stand in a file that may not be there yet.
class GrowingFile {
 public:
  explicit GrowingFile(const char* path) : path_(path) {}
  ~GrowingFile() {
    if (fd_ >= 0) close(fd_);
  }
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  bool WaitFor(std::string_view text, Clock::time_point start) {
    while (text_.find(text) == text_.npos) {
      if (Clock::now() - start > kPatience) return false;
      const timespec millisecond{0, 1'000'000};
      nanosleep(&millisecond, nullptr);
      Read();
    }
    return true;
  }

 private:
  void Read() {
    if (fd_ < 0) fd_ = open(path_, O_RDONLY | O_CLOEXEC);
    char buffer[4096];
    for (ssize_t got = 0; fd_ >= 0 && (got = read(fd_, buffer, sizeof buffer)) > 0;)
      text_.append(buffer, static_cast<size_t>(got));
  }

  const char* path_;
  int fd_ = -1;
  std::string text_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: agent_start EVENTS PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  GrowingFile events(argv[1]);
  const auto start = Clock::now();
  const pid_t agent = Spawn(argv + 2);
  if (agent < 0) {
    std::perror(argv[2]);
    return 1;
  }
  const bool started = events.WaitFor(">Started<", start);
  const double to_start = SecondsSince(start);
  std::string program = "/bin/true";
  std::string argument = "first-process";
  char* const first[] = {program.data(), argument.data(), nullptr};
  const pid_t child = started ? Spawn(first) : -1;
  const bool seen = child > 0 && events.WaitFor(">/bin/true first-process<", start);
  const double to_line = SecondsSince(start);
  kill(agent, SIGTERM);
  while (wait(nullptr) > 0) {
  }
  if (!seen) {
    std::fprintf(stderr, "agent_start: no line of a %s\n", started ? "process" : "start");
    return 1;
  }
  std::printf("%.6f %.6f\n", to_start, to_line);
  return 0;
}
