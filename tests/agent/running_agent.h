#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/serialize/event_reader.h"
#include "tests/e2e/program.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// Tries until `condition` holds, for a minute at most. Returns whether it did.
bool Eventually(const std::function<bool()>& condition);

// Runs a program and waits for its end. Returns its process id.
pid_t RunProcess(const std::vector<std::string>& arguments);

// Words that no other process of the machine has among its arguments.
std::string UniqueWord();

// The events of `path`; each line must be one.
std::vector<LoggedEvent> ReadEvents(const std::string& path);

struct RunningAgentOptions {
  std::vector<std::string> more;             // arguments
  std::string output = {};                   // other than "events"
  std::function<void()> in_child = nullptr;  // runs between fork and exec
};

// `pidigree run` with state, socket and output ("events") in a directory of the test.
class RunningAgent {
 public:
  // Waits until it has written that it has started.
  explicit RunningAgent(const TempDir& dir, const RunningAgentOptions& options = {});
  // Where the test has failed, says what the agent lost: that may be why.
  ~RunningAgent();

  // All events, those of everything that happened so far included.
  std::vector<LoggedEvent> Events();

  void Signal(int number) { program_.Signal(number); }
  // Ends it and waits for that.
  ProgramResult Stop(int signal = SIGTERM);

  // What `pidigree status` prints.
  std::string Status() const;
  // Forks, execs, exits and other facts that did not reach it, and that it knows of.
  uint64_t LostFacts() const;
  // Whether it watches what happens to files in functions of the kernel, not at exits of system
  // calls, which tell less.
  bool SeesFunctions() const;

  const std::string& output() const { return output_; }
  pid_t pid() const { return program_.pid(); }

 private:
  std::string socket_;
  std::string output_;
  size_t starts_before_;
  Conversation program_;
};

// The number in the line "KEY: NUMBER" of what `pidigree status` printed; 0 if there is none.
uint64_t StatusNumber(const std::string& status, const std::string& key);

// What `pidigree status` printed of an output.
struct OutputFigures {
  bool works = false;
  uint64_t written = 0;
  uint64_t lost = 0;
  uint64_t waiting_bytes = 0;
};
OutputFigures FiguresOf(const std::string& status, const std::string& output);

// How many events that event 255 says are lost; 0 if it is none or tells something else.
uint64_t ToldLoss(const LoggedEvent& event);

// Expects that `create` announces a process that only forked; `lost` is LostFacts() before it did.
// Where the fork itself was lost it may say that the process was running, if the loss is counted.
void ExpectForked(const RunningAgent& agent, uint64_t lost, const LoggedEvent& create);

// The events with that id that have `word` in their command line.
std::vector<LoggedEvent> EventsWith(const std::vector<LoggedEvent>& events, uint16_t id,
                                    std::string_view word);

// Whether an agent can run here; `why_not` says what is missing.
bool CanRunAgents(std::string& why_not);

}  // namespace pidigree
