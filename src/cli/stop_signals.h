#pragma once

#include <csignal>

namespace pidigree {

// While it lives, the first SIGINT or SIGTERM writes to an eventfd instead of ending the process;
// the next one ends it. One object at a time.
class StopSignals {
 public:
  // `eventfd` must stay open longer than this object lives.
  explicit StopSignals(int eventfd);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

}  // namespace pidigree
