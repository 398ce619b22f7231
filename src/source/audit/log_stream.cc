#include "src/source/audit/log_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "src/source/audit/decompressor.h"
#include "src/source/audit/unreadable_form.h"

namespace pidigree {
LogStream::LogStream(int fd, UniqueFd owned, std::string name)
    : fd_(fd), owned_(std::move(owned)), name_(std::move(name)) {}

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
  compressed_.reset();
  looked_ = ended_ = false;
  unwrapper_.reset();
  unwrapped_.clear();
  unwrapped_read_ = 0;
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
  if (unwrapper_) return Unwrap(out, capacity);
  Result<Piece> piece = ReadBytes(out, capacity);
  if (looked_ || !piece || piece->bytes == 0) return piece;
  looked_ = true;
  if (const std::string_view wrong = UnreadableForm({out, piece->bytes}); !wrong.empty())
    return Fail(ErrorCode::kUnsupported, name_ + " " + std::string(wrong));
  unwrapper_ = Unwrapper::Find({out, piece->bytes});
  if (!unwrapper_) return piece;
  unwrapper_->Add({out, piece->bytes}, unwrapped_);
  return Unwrap(out, capacity);
}

Result<LogStream::Piece> LogStream::Unwrap(char* out, size_t capacity) {
  if (unwrapped_read_ == unwrapped_.size()) {
    if (ended_) return Piece{0, true};
    unwrapped_.clear();
    unwrapped_read_ = 0;
    Result<Piece> piece = ReadBytes(out, capacity);
    if (!piece) return piece;
    ended_ = piece->end;
    if (ended_)
      unwrapper_->Finish(unwrapped_);
    else
      unwrapper_->Add({out, piece->bytes}, unwrapped_);
  }
  const size_t size = unwrapped_.copy(out, capacity, unwrapped_read_);
  unwrapped_read_ += size;
  return Piece{size, false};
}

Result<LogStream::Piece> LogStream::ReadBytes(char* out, size_t capacity) {
  if (compressed_) return Decompress(out, capacity);
  if (!started_) return ReadFirst(out, capacity);
  const Result<size_t> got = ReadFd(out, capacity);
  if (!got) return Fail(got.error());
  return Piece{*got, *got == 0};
}

Result<LogStream::Piece> LogStream::ReadFirst(char* out, size_t capacity) {
  char first[kInputBytes];
  size_t size = 0;
  while (size < capacity && Decompressor::NeedsMore({first, size})) {
    const Result<size_t> got = ReadFd(first + size, std::min(sizeof first, capacity) - size);
    if (!got) return Fail(got.error());
    if (*got == 0) break;
    size += *got;
  }
  started_ = true;
  std::unique_ptr<Decompressor> decompressor = Decompressor::Find({first, size});
  if (decompressor == nullptr) {
    std::memcpy(out, first, size);
    return Piece{size, size == 0};
  }
  compressed_ = std::make_unique<Compressed>(std::move(decompressor));
  std::memcpy(compressed_->input.get(), first, size);
  compressed_->left = {compressed_->input.get(), size};
  return Decompress(out, capacity);
}

bool LogStream::MayRead() const {
  if (unwrapped_read_ < unwrapped_.size() || ended_) return true;
  return MayDecompress();
}

bool LogStream::MayDecompress() const {
  return compressed_ && (!compressed_->left.empty() || compressed_->output_was_filled);
}

Result<LogStream::Piece> LogStream::Decompress(char* out, size_t capacity) {
  Compressed& data = *compressed_;
  const std::string kind(data.decompressor->name());
  if (!MayDecompress()) {
    const Result<size_t> got = ReadFd(data.input.get(), kInputBytes);
    if (!got) return Fail(got.error());
    if (*got == 0 && !data.in_member) return Piece{0, true};
    if (*got == 0)
      return Fail(ErrorCode::kCorrupt,
                  name_ + ": " + kind + " data is cut off at byte " + std::to_string(consumed_));
    data.left = {data.input.get(), *got};
  }
  if (!data.in_member) {
    // tar and tape pad with zeros, as gzip(1) knows.
    data.left.remove_prefix(std::min(data.left.find_first_not_of('\0'), data.left.size()));
    if (data.left.empty()) return Piece{};
    data.decompressor->Begin();
    data.in_member = true;
  }
  const Decompressor::Step step = data.decompressor->Decode(data.left, out, capacity);
  data.left.remove_prefix(step.consumed);
  data.output_was_filled = step.made == capacity;
  if (step.outcome == Decompressor::Outcome::kEndOfMember) {
    data.in_member = false;
    data.output_was_filled = false;
  } else if (step.outcome == Decompressor::Outcome::kDamaged && step.made == 0) {
    return Fail(ErrorCode::kCorrupt, name_ + ": damaged " + kind + " data at byte " +
                                         std::to_string(consumed_ - data.left.size()) + ": " +
                                         std::string(step.what));
  }
  return Piece{step.made, false};
}

}  // namespace pidigree
