#pragma once

#include <optional>

#include "src/base/result.h"
#include "src/base/unique_fd.h"

namespace pidigree {

// The signals that a running agent is told with, read from a descriptor instead of handled. Threads
// made after it leave them to it. SIGPIPE, SIGUSR1 and SIGUSR2 are ignored.
class AgentSignals {
 public:
  enum class Signal { kStop, kReload };

  // Errors: as signalfd(2) says.
  static Result<AgentSignals> Take();

  // Readable when a signal is there.
  int fd() const { return fd_.get(); }

  // The next signal; nullopt if there is none.
  std::optional<Signal> Next();

 private:
  explicit AgentSignals(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace pidigree
