// usage: file_storm COUNT DIRECTORY   creates a file there and unlinks it, that often
//        file_storm COUNT getppid     calls getppid(2), or
//        file_storm COUNT read        reads a byte of /dev/zero, that often
//
// Prints the seconds that took. For compare_file_events.sh: what an agent that watches files can
// hold up, and what it should leave alone.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace {

std::function<bool()> OperationOf(const std::string& what) {
  if (what == "getppid") return [] { return syscall(SYS_getppid) >= 0; };
  if (what == "read") {
    const int zero = open("/dev/zero", O_RDONLY);
    return [zero] {
      char byte;
      return read(zero, &byte, 1) == 1;
    };
  }
  return [path = what + "/file-storm"] {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    return file >= 0 && close(file) == 0 && unlink(path.c_str()) == 0;
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: file_storm COUNT DIRECTORY|getppid|read\n");
    return 2;
  }
  const long count = std::strtol(argv[1], nullptr, 10);
  const std::function<bool()> operation = OperationOf(argv[2]);
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < count; ++i) {
    if (!operation()) {
      std::perror("file_storm");
      return 1;
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", seconds.count());
  return 0;
}
