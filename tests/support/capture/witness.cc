// The program that a captured scenario runs wherever any program would do: it reports itself to the
// truth file, does what it is told, and ends. It is told by the environment, so that its arguments
// are free to be anything:
//   TRUTH_ROLE    its name in the report
//   TRUTH_PARENT  its parent cannot report itself (a shell): report it too, under this name
//   TRUTH_ORPHAN  its creator may be gone already
//   TRUTH_DO      `chain`: exec itself twice more; `pause N`: close the descriptor N, then wait for
//                 a signal; `segv`, `abort`: die so; `exit`: end by exit(2), as programs without a
//                 C library do
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/support/capture/truth.h"

int main() {
  using namespace pidigree::capture;
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string role = environment("TRUTH_ROLE");
  const bool orphan = std::getenv("TRUTH_ORPHAN") != nullptr;
  Report("exec", role, "self", orphan ? Creator::kUnknown : Creator::kParent);
  if (const std::string parent = environment("TRUTH_PARENT"); !parent.empty()) {
    Report("born", parent, std::to_string(Identify("self").ppid), Creator::kParent);
  }

  const std::string deed = environment("TRUTH_DO");
  if (deed.starts_with("chain")) {
    const bool last = deed == "chain-last";
    setenv("TRUTH_DO", last ? "" : "chain-last", 1);
    setenv("TRUTH_ROLE", (role + (last ? "-last" : "-next")).c_str(), 1);
    execl("/proc/self/exe", "chain", last ? "last link" : "next link", nullptr);
    Die("/proc/self/exe");
  }
  if (deed.starts_with("pause ")) {
    close(std::stoi(deed.substr(6)));
    pause();
  }
  if (deed == "segv") std::raise(SIGSEGV);
  if (deed == "abort") std::abort();
  if (deed == "exit") syscall(SYS_exit, 5);
  return 0;
}
