#include "src/sink/file_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace pidigree {

Result<FileSink> FileSink::Open(const std::string& path) {
  if (path == "-") return FileSink(STDOUT_FILENO, UniqueFd(), "standard output");
  // Not O_TRUNC: the file may turn out to be an input.
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
  if (!fd) return FailErrno(errno, "open " + path + " for writing");
  const int number = fd.get();
  return FileSink(number, std::move(fd), path);
}

bool FileSink::IsSameFile(const std::string& path) const {
  struct stat ours {};
  struct stat theirs {};
  if (fstat(fd_, &ours) != 0 || !S_ISREG(ours.st_mode)) return false;
  if ((path == "-" ? fstat(STDIN_FILENO, &theirs) : stat(path.c_str(), &theirs)) != 0) return false;
  return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

Result<> FileSink::Start() {
  // Standard output is the caller's: `>>` must append.
  struct stat status {};
  if (!owned_ || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (ftruncate(fd_, 0) != 0) return FailErrno(errno, "empty " + name_);
  return {};
}

Result<> FileSink::Write(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = write(fd_, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {  // somebody who shares standard output made it non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return FailErrno(errno, "wait for " + name_);
    } else if (errno != EINTR) {
      return FailErrno(errno, "write to " + name_);
    }
  }
  return {};
}

}  // namespace pidigree
