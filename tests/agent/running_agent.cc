#include "tests/agent/running_agent.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>

#include "src/base/parse_number.h"
#include "src/base/read_file.h"

namespace pidigree {
namespace {

constexpr size_t kMaxOutput = size_t{1} << 30;
constexpr std::string_view kStarted = "<Data Name=\"State\">Started</Data>";

std::vector<std::string> Arguments(const TempDir& dir, const RunningAgentOptions& options) {
  std::vector<std::string> arguments = {"run", "--state-dir", dir.Path("state"), "--socket",
                                        dir.Path("socket")};
  const std::string output = options.output.empty() ? dir.Path("events") : options.output;
  arguments.insert(arguments.end(), {"--output", output});
  arguments.insert(arguments.end(), options.more.begin(), options.more.end());
  return arguments;
}

size_t CountStarts(const std::string& path) {
  const std::string text = ReadFile(path, kMaxOutput).value_or("");
  size_t count = 0;
  for (size_t at = 0; (at = text.find(kStarted, at)) != text.npos; ++at) ++count;
  return count;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    poll(nullptr, 0, 10);
  }
  return true;
}

pid_t RunProcess(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  EXPECT_EQ(posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ), 0);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  return pid;
}

std::string UniqueWord() {
  static int number = 0;
  return "pidigree-test-" + std::to_string(getpid()) + "-" + std::to_string(++number) + "-";
}

std::vector<LoggedEvent> ReadEvents(const std::string& path) {
  const std::string text = ReadFile(path, kMaxOutput).value_or("");
  std::vector<LoggedEvent> events;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = rest.find('\n');
    if (end == rest.npos) break;  // it is being written
    const Result<LoggedEvent> event = ParseLoggedEvent(rest.substr(0, end));
    EXPECT_TRUE(event.has_value()) << rest.substr(0, end);
    if (event) events.push_back(*event);
    rest.remove_prefix(end + 1);
  }
  return events;
}

RunningAgent::RunningAgent(const TempDir& dir, const RunningAgentOptions& options)
    : socket_(dir.Path("socket")),
      output_(options.output.empty() ? dir.Path("events") : options.output),
      starts_before_(CountStarts(output_)),
      program_(Arguments(dir, options), -1, -1, options.in_child) {
  EXPECT_TRUE(
      Eventually([&] { return CountStarts(output_) > starts_before_ || program_.HasEnded(); }));
}

RunningAgent::~RunningAgent() {
  if (!testing::Test::HasFailure() || program_.pid() < 0) return;
  // At its end it tells all that it knows of.
  program_.Signal(SIGTERM);
  Eventually([&] { return program_.HasEnded(); });
  for (const LoggedEvent& event : ReadEvents(output_))
    if (event.id == 255)
      ADD_FAILURE() << "the agent said: " << event.Get("ID") << ": " << event.Get("Description");
}

std::vector<LoggedEvent> RunningAgent::Events() {
  const std::string last = UniqueWord();
  RunProcess({"/bin/true", last});
  std::vector<LoggedEvent> events;
  EXPECT_TRUE(Eventually([&] {
    if (ReadFile(output_, kMaxOutput).value_or("").find(last) == std::string::npos) return false;
    events = ReadEvents(output_);
    return !EventsWith(events, 1, last).empty();
  }));
  return events;
}

ProgramResult RunningAgent::Stop(int signal) {
  program_.Signal(signal);
  return program_.Finish();
}

std::string RunningAgent::Status() const {
  return RunPidigree({"status", "--socket", socket_}).out;
}

uint64_t RunningAgent::LostFacts() const {
  const std::string status = Status();
  uint64_t lost = 0;
  for (const char* const cause : {"RING_FULL", "SCRATCH_BUSY", "RECURSION", "MALFORMED"})
    lost += StatusNumber(status, std::string("lost-") + cause);
  return lost;
}

bool RunningAgent::SeesFunctions() const {
  return Status().find("hook: fentry/security_file_open\n") != std::string::npos;
}

uint64_t StatusNumber(const std::string& status, const std::string& key) {
  const size_t at = status.find("\n" + key + ": ");
  return at == status.npos ? 0 : std::stoull(status.substr(at + key.size() + 3));
}

OutputFigures FiguresOf(const std::string& status, const std::string& output) {
  OutputFigures figures;
  const std::string key = "\noutput: " + output + " ";
  const size_t at = status.find(key);
  EXPECT_NE(at, status.npos) << output;
  if (at == status.npos) return figures;
  char state[6] = {};
  EXPECT_EQ(std::sscanf(status.c_str() + at + key.size(),
                        "%5[a-z], written %" SCNu64 ", lost %" SCNu64 ", waiting %" SCNu64 " bytes",
                        state, &figures.written, &figures.lost, &figures.waiting_bytes),
            4)
      << status.substr(at);
  figures.works = std::string_view(state) == "works";
  return figures;
}

uint64_t ToldLoss(const LoggedEvent& event) {
  if (event.id != 255) return 0;
  const std::string_view text = event.Get("Description");
  const size_t end = text.find(" events lost from ");
  uint64_t count = 0;
  return end != text.npos && ParseNumber(text.substr(0, end), count) ? count : 0;
}

void ExpectForked(const RunningAgent& agent, uint64_t lost, const LoggedEvent& create) {
  if (create.Get("Description") == "running")
    EXPECT_TRUE(Eventually([&] { return agent.LostFacts() > lost; })) << "a fork lost in silence";
  else
    EXPECT_EQ(create.Get("Description"), "fork");
}

std::vector<LoggedEvent> EventsWith(const std::vector<LoggedEvent>& events, uint16_t id,
                                    std::string_view word) {
  std::vector<LoggedEvent> found;
  for (const LoggedEvent& event : events)
    if (event.id == id && event.Get("CommandLine").find(word) != std::string_view::npos)
      found.push_back(event);
  return found;
}

bool CanRunAgents(std::string& why_not) {
  if (geteuid() != 0)
    why_not = "only root can run an agent";
  else if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    why_not = "this kernel has no BTF";
  return why_not.empty();
}

}  // namespace pidigree
