#include <fcntl.h>
#include <unistd.h>

#include "src/cli/command.h"
#include "src/cli/command_line.h"

namespace {

// Else a file or a socket would take the number of a standard descriptor that is closed, and get
// what is meant for that. Reading and writing such a descriptor still fails. The lowest free number
// is taken.
bool FillStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const int wrong_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_way) != fd) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  // If there is no /dev/null, there may be nobody to tell.
  return FillStandardDescriptors() ? pidigree::RunCommandLine(argc, argv) : pidigree::kExitFailed;
}
