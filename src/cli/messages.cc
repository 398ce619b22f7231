#include "src/cli/messages.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "src/base/result.h"

namespace pidigree {
namespace {

Result<> WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR)
      return FailErrno(errno, "write to standard output");
  }
  return {};
}

}  // namespace

void Complain(std::string_view message) {
  // Nobody is left to tell when standard error cannot be written.
  static_cast<void>(WriteAll(STDERR_FILENO, "pidigree: " + std::string(message) + "\n"));
}

bool PrintOut(std::string_view text) {
  const Result<> result = WriteAll(STDOUT_FILENO, text);
  if (!result) Complain(result.error().message);
  return result.has_value();
}

}  // namespace pidigree
