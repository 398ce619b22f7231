#include "tests/support/capture/truth.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace pidigree::capture {
namespace {

std::string ReadProc(const std::string& process, const char* file) {
  std::ifstream in("/proc/" + process + "/" + file, std::ios::binary);
  if (!in) Die("/proc/" + process + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string RealUid(const std::string& process) {
  std::istringstream status(ReadProc(process, "status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Uid:\t")) return line.substr(5, line.find('\t', 5) - 5);
  }
  Die("no Uid in the status of " + process);
}

std::string Arguments(const std::string& process) {
  std::string text;
  for (const char c : ReadProc(process, "cmdline")) {
    if (c == '\0') {
      text += ' ';
    } else if (c <= ' ' || c > '~' || c == '\\') {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<uint8_t>(c)));
      text += hex;
    } else {
      text += c;
    }
  }
  return text;
}

void Append(const std::string& line) {
  const char* path = std::getenv("TRUTH_FILE");
  if (path == nullptr) Die("TRUTH_FILE is not set");
  const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0 || write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) Die(path);
  close(fd);
}

}  // namespace

void Die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  _exit(kFailed);
}

Identity Identify(const std::string& process) {
  const std::string stat = ReadProc(process, "stat");
  Identity identity;
  identity.pid = std::stoi(stat);
  std::istringstream rest(stat.substr(stat.rfind(") ") + 2));
  std::string field;
  for (int number = 3; number <= 22 && rest >> field; ++number) {
    if (number == 4) identity.ppid = std::stoi(field);
    if (number == 22) identity.start_ticks = std::stoull(field);
  }
  return identity;
}

void Report(const char* what, const std::string& role, const std::string& process,
            Creator creator) {
  const Identity identity = Identify(process);
  std::ostringstream line;
  line << what << '\t' << role << '\t' << identity.pid << '\t' << identity.start_ticks << '\t';
  if (creator == Creator::kUnknown || identity.ppid == 0) {
    line << "-\t-";
  } else {
    const Identity parent =
        Identify(creator == Creator::kCaller ? "self" : std::to_string(identity.ppid));
    line << parent.pid << '\t' << parent.start_ticks;
  }
  line << '\t' << RealUid(process) << '\t' << Arguments(process) << '\n';
  Append(line.str());
}

void ReportEnd(const std::string& role, const Identity& identity, int wait_status) {
  std::ostringstream line;
  line << "end\t" << role << '\t' << identity.pid << '\t' << identity.start_ticks << "\t-\t-\t-\t";
  if (WIFSIGNALED(wait_status)) {
    line << "signal " << WTERMSIG(wait_status) << '\n';
  } else {
    line << "exit " << WEXITSTATUS(wait_status) << '\n';
  }
  Append(line.str());
}

}  // namespace pidigree::capture
