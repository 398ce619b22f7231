// usage: exec_storm COUNT PROGRAM [ARGUMENT...]
//
// Runs PROGRAM that often, one after the other, with vfork(2) and execv(2), and prints the seconds
// that took. For compare_agent.sh: the plainest work that an agent can hold up.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: exec_storm COUNT PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const long count = std::strtol(argv[1], nullptr, 10);
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < count; ++i) {
    const pid_t pid = vfork();
    if (pid == 0) {
      execv(argv[2], argv + 2);
      _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
      std::perror("exec_storm");
      return 1;
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", seconds.count());
  return 0;
}
