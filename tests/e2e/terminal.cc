#include "tests/e2e/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>

namespace pidigree {

Terminal::Terminal() : our_side_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  char name[64];
  if (!our_side_ || grantpt(our_side_.get()) != 0 || unlockpt(our_side_.get()) != 0 ||
      ptsname_r(our_side_.get(), name, sizeof name) != 0)
    std::abort();
  program_side_ = UniqueFd(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!program_side_) std::abort();
}

bool Terminal::Read(int patience_ms) {
  pollfd ready{our_side_.get(), POLLIN, 0};
  if (poll(&ready, 1, patience_ms) != 1) return false;
  char buffer[4096];
  const ssize_t got = read(our_side_.get(), buffer, sizeof buffer);
  if (got > 0) text_.append(buffer, static_cast<size_t>(got));
  return got > 0;
}

}  // namespace pidigree
