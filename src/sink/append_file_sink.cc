#include "src/sink/append_file_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace pidigree {

AppendFileSink::AppendFileSink(std::string path, std::chrono::milliseconds patience)
    : path_(path == "-" ? std::string() : std::move(path)),
      name_(path_.empty() ? "standard output" : path_),
      patience_(patience) {}

Result<AppendFileSink> AppendFileSink::Open(const std::string& path,
                                            std::chrono::milliseconds patience) {
  AppendFileSink sink(path, patience);
  if (Result<> opened = sink.Reopen(); !opened) return Fail(opened.error());
  return sink;
}

Result<> AppendFileSink::Reopen() {
  if (path_.empty()) {
    fd_ = STDOUT_FILENO;
  } else {
    // O_NONBLOCK: a FIFO that nobody reads is an error, not a wait.
    UniqueFd fd(open(path_.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    if (!fd) return FailErrno(errno, "open " + path_ + " for writing");
    owned_ = std::move(fd);
    fd_ = owned_.get();
  }
  struct stat status {};
  regular_ = fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  broken_line_ = false;
  return {};
}

Result<> AppendFileSink::Write(const LineBuffer& lines, size_t& written) {
  written = 0;
  if (lines.size() == 0) return {};
  int error_number = 0;
  if (broken_line_) {
    if (WriteBytes("\n", error_number) == 0) return FailErrno(error_number, "write to " + name_);
    broken_line_ = false;
  }
  const size_t bytes = WriteBytes(lines.from(0), error_number);
  written = lines.LinesIn(0, bytes);
  if (const size_t rest = bytes - lines.BytesOf(0, written); rest > 0) TakeBack(rest);
  if (error_number != 0) return FailErrno(error_number, "write to " + name_);
  return {};
}

size_t AppendFileSink::WriteBytes(std::string_view bytes, int& error_number) {
  size_t done = 0;
  error_number = 0;
  while (done < bytes.size()) {
    // What is ready takes PIPE_BUF bytes without blocking. Standard output is shared: it must not
    // be made non-blocking.
    const size_t step =
        regular_ ? bytes.size() - done : std::min<size_t>(bytes.size() - done, PIPE_BUF);
    if (!regular_ && !WaitUntilWritable()) {
      error_number = EAGAIN;
      break;
    }
    const ssize_t count = write(fd_, bytes.data() + done, step);
    if (count >= 0) {
      done += static_cast<size_t>(count);
      stalled_ = false;
    } else if (errno != EINTR && errno != EAGAIN) {
      error_number = errno;
      break;
    }
  }
  return done;
}

bool AppendFileSink::WaitUntilWritable() {
  pollfd ready{fd_, POLLOUT, 0};
  const int timeout = stalled_ || *in_haste_ ? 0 : static_cast<int>(patience_.count());
  const int count = poll(&ready, 1, timeout);
  if (count != 0) return true;  // also an error, which write(2) then tells
  stalled_ = true;
  return false;
}

void AppendFileSink::TakeBack(size_t bytes) {
  const off_t begin = regular_ ? lseek(fd_, -static_cast<off_t>(bytes), SEEK_CUR) : -1;
  broken_line_ = begin < 0 || ftruncate(fd_, begin) != 0;
}

}  // namespace pidigree
