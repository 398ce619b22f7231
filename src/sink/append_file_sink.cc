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
namespace {

using Steady = std::chrono::steady_clock;

// Between two looks whether the file is still what its name means.
constexpr std::chrono::seconds kLookInterval{1};

// Between two looks whether waiting is to end.
constexpr std::chrono::milliseconds kWait{50};

constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

// Whether somebody left the last line of the file `path`, which has `size` bytes, without its end.
bool EndsInsideALine(const std::string& path, off_t size) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  char last = '\n';
  return fd && size > 0 && pread(fd.get(), &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

AppendFileSink::AppendFileSink(std::string path, const AppendFileOptions& options)
    : path_(path == "-" ? std::string() : std::move(path)),
      name_(path_.empty() ? "standard output" : path_),
      options_(options) {}

Result<AppendFileSink> AppendFileSink::Open(const std::string& path,
                                            const AppendFileOptions& options) {
  AppendFileSink sink(path, options);
  if (Result<> opened = sink.Reopen(); !opened) return Fail(opened.error());
  return sink;
}

// O_NONBLOCK: a FIFO that nobody reads is an error, not a wait.
Result<UniqueFd> AppendFileSink::OpenPath() const {
  UniqueFd fd(open(path_.c_str(), kFlags | O_CREAT | O_EXCL, 0640));
  if (!fd && errno == EEXIST) {
    fd = UniqueFd(open(path_.c_str(), kFlags | O_CREAT, 0640));
    if (fd) return fd;
  }
  if (!fd) return FailErrno(errno, "open " + path_ + " for writing");
  if (options_.group && fchown(fd.get(), static_cast<uid_t>(-1), *options_.group) != 0)
    return FailErrno(errno, "give " + path_ + " to its group");
  if (options_.mode && fchmod(fd.get(), *options_.mode) != 0)
    return FailErrno(errno, "set the mode of " + path_);
  return fd;
}

Result<> AppendFileSink::Reopen() {
  if (path_.empty()) {
    fd_ = STDOUT_FILENO;
  } else {
    fd_ = -1;
    Result<UniqueFd> fd = OpenPath();
    owned_ = fd ? std::move(*fd) : UniqueFd();
    if (!fd) return Fail(fd.error());
    fd_ = owned_.get();
  }
  struct stat status {};
  file_.reset();
  broken_line_ = false;
  if (fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  file_ = FileId{status.st_dev, status.st_ino};
  if (!path_.empty()) broken_line_ = EndsInsideALine(path_, status.st_size);
  return {};
}

bool AppendFileSink::HasMoved() {
  const auto now = Steady::now();
  if (!file_ || path_.empty() || now - looked_at_ < kLookInterval) return false;
  looked_at_ = now;
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return errno == ENOENT;
  return FileId{status.st_dev, status.st_ino} != *file_;
}

Result<> AppendFileSink::Write(const LineBuffer& lines, size_t& next) {
  if (fd_ < 0 || HasMoved())
    if (Result<> opened = Reopen(); !opened) return opened;
  if (next == lines.size()) return {};
  const auto failed = [this](int error_number) -> Result<> {
    Result<> failure = FailErrno(error_number, "write to " + name_);
    if (error_number == EPIPE && path_.empty())
      return Fail(ErrorCode::kGone, failure.error().message);
    return failure;
  };
  int error_number = 0;
  if (broken_line_) {
    if (WriteBytes("\n", error_number) == 0) return failed(error_number);
    broken_line_ = false;
  }
  const size_t bytes = WriteBytes(lines.from(next), error_number);
  const size_t whole = lines.LinesIn(next, bytes);
  if (const size_t rest = bytes - lines.BytesOf(next, whole); rest > 0) TakeBack(rest);
  next += whole;
  return error_number == 0 ? Result<>() : failed(error_number);
}

size_t AppendFileSink::WriteBytes(std::string_view bytes, int& error_number) {
  size_t done = 0;
  error_number = 0;
  while (done < bytes.size()) {
    // What is ready takes PIPE_BUF bytes without blocking. Standard output is shared: it must not
    // be made non-blocking.
    const size_t step =
        file_ ? bytes.size() - done : std::min<size_t>(bytes.size() - done, PIPE_BUF);
    if (!file_ && !WaitUntilWritable()) {
      error_number = EAGAIN;
      break;
    }
    const ssize_t count = write(fd_, bytes.data() + done, step);
    if (count >= 0) {
      done += static_cast<size_t>(count);
    } else if (errno != EINTR && errno != EAGAIN) {
      error_number = errno;
      break;
    }
  }
  return done;
}

bool AppendFileSink::WaitUntilWritable() const {
  const auto deadline = Steady::now() + options_.patience;
  for (;;) {
    const bool waits = !*in_haste_ && Steady::now() < deadline;
    pollfd ready{fd_, POLLOUT, 0};
    const int count = poll(&ready, 1, waits ? static_cast<int>(kWait.count()) : 0);
    if (count != 0) return true;  // also an error, which write(2) then tells
    if (!waits) return false;
  }
}

void AppendFileSink::TakeBack(size_t bytes) {
  const off_t begin = file_ ? lseek(fd_, -static_cast<off_t>(bytes), SEEK_CUR) : -1;
  broken_line_ = begin < 0 || ftruncate(fd_, begin) != 0;
}

}  // namespace pidigree
