#include "src/source/audit/log_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace pidigree {
namespace {

constexpr unsigned char kMagic[] = {0x1f, 0x8b};  // RFC 1952, ID1 and ID2

}  // namespace

struct LogStream::Gunzip {
  static constexpr size_t kInputBytes = 64 * 1024;
  static constexpr int kGzipOnly = 16 + MAX_WBITS;  // see inflateInit2 in zlib.h

  Gunzip() {
    if (inflateInit2(&z, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() { inflateEnd(&z); }

  z_stream z{};
  bool in_member = true;
  bool output_was_filled = false;  // zlib may hold more than it had room to write
  std::unique_ptr<char[]> input = std::make_unique_for_overwrite<char[]>(kInputBytes);
};

LogStream::LogStream(int fd, UniqueFd owned, std::string name)
    : fd_(fd), owned_(std::move(owned)), name_(std::move(name)) {}
LogStream::LogStream(LogStream&&) noexcept = default;
LogStream& LogStream::operator=(LogStream&&) noexcept = default;
LogStream::~LogStream() = default;

Result<LogStream> LogStream::Open(const std::string& path) {
  const bool standard_input = path == "-";
  UniqueFd owned;
  if (!standard_input) {
    owned = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!owned) return FailErrno(errno, "open " + path);
  }
  const int fd = standard_input ? STDIN_FILENO : owned.get();
  LogStream stream(fd, std::move(owned), standard_input ? "standard input" : path);
  struct stat status {};
  if (fstat(fd, &status) != 0) return FailErrno(errno, "fstat " + stream.name_);
  if (S_ISDIR(status.st_mode))
    return Fail(ErrorCode::kUnsupported, stream.name_ + " is a directory, not a log");
  stream.live_ = !S_ISREG(status.st_mode);
  if (!stream.live_) {
    stream.start_ = std::max<off_t>(lseek(fd, 0, SEEK_CUR), 0);
    stream.size_ = static_cast<uint64_t>(std::max<off_t>(status.st_size - stream.start_, 0));
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return stream;
}

Result<> LogStream::Rewind() {
  if (lseek(fd_, start_, SEEK_SET) < 0) return FailErrno(errno, "seek in " + name_);
  started_ = false;
  consumed_ = 0;
  gunzip_.reset();
  return {};
}

Result<size_t> LogStream::ReadFd(char* out, size_t capacity) {
  for (;;) {
    const ssize_t got = read(fd_, out, capacity);
    if (got >= 0) {
      consumed_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    pollfd ready{fd_, POLLIN, 0};
    if (errno == EAGAIN && poll(&ready, 1, -1) >= 0) continue;  // not ours, and non-blocking
    if (errno != EINTR)
      return FailErrno(errno, "read " + name_ + " at byte " + std::to_string(consumed_));
  }
}

Result<LogStream::Piece> LogStream::Read(char* out, size_t capacity) {
  if (gunzip_) return ReadGzip(out, capacity);
  if (!started_) return ReadFirst(out, capacity);
  const Result<size_t> got = ReadFd(out, capacity);
  if (!got) return Fail(got.error());
  return Piece{*got, *got == 0};
}

Result<LogStream::Piece> LogStream::ReadFirst(char* out, size_t capacity) {
  char first[Gunzip::kInputBytes];
  size_t size = 0;
  // A single byte decides unless it may be the first half of the magic number.
  while (size == 0 || (size == 1 && static_cast<unsigned char>(first[0]) == kMagic[0])) {
    const Result<size_t> got = ReadFd(first + size, std::min(sizeof first, capacity) - size);
    if (!got) return Fail(got.error());
    if (*got == 0) break;
    size += *got;
  }
  started_ = true;
  if (size < 2 || std::memcmp(first, kMagic, sizeof kMagic) != 0) {
    std::memcpy(out, first, size);
    return Piece{size, size == 0};
  }
  gunzip_ = std::make_unique<Gunzip>();
  std::memcpy(gunzip_->input.get(), first, size);
  gunzip_->z.next_in = reinterpret_cast<Bytef*>(gunzip_->input.get());
  gunzip_->z.avail_in = static_cast<uInt>(size);
  return ReadGzip(out, capacity);
}

bool LogStream::MayRead() const {
  return gunzip_ && (gunzip_->z.avail_in > 0 || gunzip_->output_was_filled);
}

Result<LogStream::Piece> LogStream::ReadGzip(char* out, size_t capacity) {
  z_stream& z = gunzip_->z;
  if (!MayRead()) {
    const Result<size_t> got = ReadFd(gunzip_->input.get(), Gunzip::kInputBytes);
    if (!got) return Fail(got.error());
    if (*got == 0 && !gunzip_->in_member) return Piece{0, true};
    if (*got == 0)
      return Fail(ErrorCode::kCorrupt,
                  name_ + ": gzip data is cut off at byte " + std::to_string(consumed_));
    z.next_in = reinterpret_cast<Bytef*>(gunzip_->input.get());
    z.avail_in = static_cast<uInt>(*got);
  }
  if (!gunzip_->in_member) {
    // tar and tape pad with zeros, as gzip(1) knows.
    while (z.avail_in > 0 && *z.next_in == 0) ++z.next_in, --z.avail_in;
    if (z.avail_in == 0) return Piece{};
    inflateReset(&z);
    gunzip_->in_member = true;
  }
  z.next_out = reinterpret_cast<Bytef*>(out);
  z.avail_out = static_cast<uInt>(std::min<size_t>(capacity, 1u << 30));
  const int status = inflate(&z, Z_NO_FLUSH);
  gunzip_->output_was_filled = z.avail_out == 0;
  const auto made = static_cast<size_t>(reinterpret_cast<char*>(z.next_out) - out);
  if (status == Z_STREAM_END) {
    gunzip_->in_member = false;
    gunzip_->output_was_filled = false;
  } else if (status != Z_OK && status != Z_BUF_ERROR && made == 0) {
    return Fail(ErrorCode::kCorrupt, name_ + ": damaged gzip data at byte " +
                                         std::to_string(consumed_ - z.avail_in) + ": " +
                                         (z.msg != nullptr ? z.msg : zError(status)));
  }
  return Piece{made, false};
}

}  // namespace pidigree
