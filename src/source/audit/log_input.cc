#include "src/source/audit/log_input.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include "src/source/audit/decompressor.h"
#include "src/source/audit/rotated_logs.h"

namespace pidigree {
namespace {

constexpr size_t kMaxDropped = 5;                         // described; the others are only counted
constexpr size_t kPeekBytes = 64 * 1024;                  // of a file, to find its first stamp
constexpr size_t kLeastRead = Decompressor::kMagicBytes;  // LogStream::Read() wants no less

std::optional<int64_t> PeekFirstStamp(LogStream& stream) {
  std::string head(kPeekBytes, '\0');
  size_t size = 0;
  while (size + kLeastRead <= head.size()) {
    const auto piece = stream.Read(head.data() + size, head.size() - size);
    if (!piece || piece->end) break;  // an error comes again when the file is read
    size += piece->bytes;
  }
  return FirstStampMs(std::string_view(head).substr(0, size));
}

}  // namespace

LogInput::LogInput(const std::vector<std::string>& paths, const LogInputOptions& options,
                   const std::map<std::string, std::string>& hosts)
    : options_(options), stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!stop_) throw std::system_error(errno, std::generic_category(), "eventfd");
  Queue(OpenAll(paths), hosts);
}

std::vector<LogStream> LogInput::OpenAll(const std::vector<std::string>& paths) {
  // All at once, so that a rotation in the meantime changes nothing.
  std::vector<LogStream> streams;
  std::set<std::pair<dev_t, ino_t>> seen;
  for (const std::string& path : paths) {
    Result<LogStream> stream = LogStream::Open(path);
    if (!stream) {
      problems_.push_back(stream.error());
      continue;
    }
    struct stat status {};
    fstat(stream->fd(), &status);
    if (!seen.emplace(status.st_dev, status.st_ino).second) continue;
    has_live_ = has_live_ || stream->live();
    total_bytes_ += stream->size();
    streams.push_back(std::move(*stream));
  }
  return streams;
}

void LogInput::Queue(std::vector<LogStream> streams,
                     const std::map<std::string, std::string>& hosts) {
  std::vector<LogPlace> places;
  for (LogStream& stream : streams) {
    LogPlace place{stream.name(), std::nullopt, stream.live()};
    if (streams.size() > 1 && !stream.live()) {
      place.first_stamp_ms = PeekFirstStamp(stream);
      if (Result<> rewound = stream.Rewind(); !rewound) problems_.push_back(rewound.error());
    }
    places.push_back(std::move(place));
  }
  for (const size_t i : OrderLogs(places)) {
    const std::string& name = streams[i].name();
    const auto host = hosts.find(streams[i].fd() == STDIN_FILENO ? "-" : name);
    files_.push_back(std::make_shared<const LogFile>(
        LogFile{.name = name,
                .set = std::string(LogSetOf(name)),
                .host = host != hosts.end() ? host->second : std::string()}));
    streams_.push_back(std::move(streams[i]));
  }
}

std::optional<uint64_t> LogInput::total_bytes() const {
  if (has_live_) return std::nullopt;
  return total_bytes_;
}

void LogInput::Stop() {
  const uint64_t one = 1;
  // Fails only when so many calls have been made that one more changes nothing.
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof one);
}

void LogInput::Abandon() {
  abandoned_ = true;
  Stop();
}

bool LogInput::StopRequested() const {
  pollfd stop{stop_.get(), POLLIN, 0};
  return poll(&stop, 1, 0) == 1;
}

LogInput::Outcome LogInput::Read(LogChunk& chunk) {
  while (!streams_.empty()) {
    const size_t tail = end_ - begin_;  // of a line whose newline has not come
    switch (Fill()) {
      case Filled::kIdle:
        return Outcome::kIdle;
      case Filled::kBytes:
        if (TakeLines(begin_ + tail, chunk)) return Outcome::kChunk;
        break;
      case Filled::kEnd: {
        if (dropping_) CountDropped();
        const bool cut_line = end_ > begin_;
        if (cut_line) Take(end_, chunk);
        NextFile();
        if (cut_line) return Outcome::kChunk;
        break;
      }
    }
  }
  return Outcome::kEnd;
}

// Reads until a chunk is full or nothing more comes soon.
LogInput::Filled LogInput::Fill() {
  LogStream& stream = streams_.front();
  if (ended_) return Filled::kEnd;
  if (stream.live()) {
    const Filled waited = AwaitLive();
    if (waited != Filled::kBytes) return waited;
  } else if (StopRequested()) {
    if (!abandoned_)
      problems_.push_back(
          {ErrorCode::kSystem, stream.name() + " was not read to its end: stopped"});
    return Filled::kEnd;
  }
  MakeRoom();
  // A line that is longer than a chunk goes on for another.
  const size_t full =
      end_ + kLeastRead <= options_.read_bytes ? options_.read_bytes : end_ + options_.read_bytes;
  const auto deadline = std::chrono::steady_clock::now() + options_.gather;
  const auto left = [&] {
    const auto time =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(time, std::chrono::milliseconds(0));
  };
  do {
    const uint64_t consumed = stream.consumed();
    const auto piece = stream.Read(buffer_.get() + end_, full - end_);
    if (!piece) problems_.push_back(piece.error());
    ended_ = !piece || piece->end;
    if (ended_) break;
    end_ += piece->bytes;
    consumed_.store(consumed_before_ + stream.consumed(), std::memory_order_relaxed);
    if (left_after_stop_)
      *left_after_stop_ -= std::min(*left_after_stop_, stream.consumed() - consumed);
  } while (full - end_ >= kLeastRead && CanReadMore(left()));
  return Filled::kBytes;
}

LogInput::Filled LogInput::AwaitLive() {
  const LogStream& stream = streams_.front();
  if (left_after_stop_) return CanReadMore({}) ? Filled::kBytes : Filled::kEnd;
  if (stream.MayRead()) return Filled::kBytes;
  pollfd events[] = {{stream.fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  const int ready = poll(events, 2, static_cast<int>(options_.idle.count()));
  if (ready == 0) return Filled::kIdle;
  if (ready > 0 && events[1].revents != 0) {
    int available = 0;  // stays 0 for what cannot tell
    ioctl(stream.fd(), FIONREAD, &available);
    left_after_stop_ = static_cast<uint64_t>(std::max(available, 0));
    return AwaitLive();
  }
  return ready > 0 ? Filled::kBytes : AwaitLive();  // interrupted by a signal
}

// Whether the current stream has bytes for which we need not wait longer than `wait`.
bool LogInput::CanReadMore(std::chrono::milliseconds wait) const {
  const LogStream& stream = streams_.front();
  if (!stream.live() || stream.MayRead()) return true;
  if (left_after_stop_) return *left_after_stop_ > 0;
  pollfd events[] = {{stream.fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  return poll(events, 2, static_cast<int>(wait.count())) > 0 && events[0].revents != 0;
}

// The chunk's text must stay where it is, so that what has not been handed out moves to a new
// buffer when the old one has had its share.
void LogInput::MakeRoom() {
  if (buffer_ && (begin_ == 0 || (end_ + kLeastRead <= options_.read_bytes && !dropping_))) return;
  const auto fresh = buffers_.Share(buffers_.Take());
  // What nobody writes to is not resident.
  if (*fresh == nullptr)
    *fresh = std::make_unique_for_overwrite<char[]>(options_.max_line_bytes + options_.read_bytes);
  if (end_ > begin_) std::memcpy(fresh->get(), buffer_.get() + begin_, end_ - begin_);
  buffer_ = {fresh, fresh->get()};
  end_ -= begin_;
  begin_ = 0;
}

// Finds whole lines; `searched`: there is no newline before it. Returns whether there are any.
bool LogInput::TakeLines(size_t searched, LogChunk& chunk) {
  const char* text = buffer_.get();
  const void* first = std::memchr(text + searched, '\n', end_ - searched);
  if (first == nullptr) {
    if (!dropping_ && end_ - begin_ > options_.max_line_bytes) {
      dropping_ = true;
      dropped_offset_ = offset_;
    }
    if (dropping_) {
      offset_ += end_ - begin_;
      end_ = begin_;
    }
    return false;
  }
  // Only the first line may be too long: the others fit between two reads.
  const auto line_end = static_cast<size_t>(static_cast<const char*>(first) - text);
  if (!dropping_ && line_end - begin_ > options_.max_line_bytes) {
    dropping_ = true;
    dropped_offset_ = offset_;
  }
  if (dropping_) {
    offset_ += line_end - begin_;
    begin_ = line_end;
    CountDropped();
  }
  const void* last = memrchr(text + line_end, '\n', end_ - line_end);
  Take(static_cast<size_t>(static_cast<const char*>(last) - text) + 1, chunk);
  return true;
}

void LogInput::Take(size_t end, LogChunk& chunk) {
  chunk.buffer = buffer_;
  chunk.file = files_[current_];
  chunk.text = {buffer_.get() + begin_, end - begin_};
  chunk.offset = offset_;
  offset_ += end - begin_;
  begin_ = end;
}

// The line that started at dropped_offset_ ends at offset_.
void LogInput::CountDropped() {
  dropping_ = false;
  ++dropped_lines_;
  if (dropped_.size() < kMaxDropped)
    dropped_.push_back({files_[current_]->name, dropped_offset_, offset_ - dropped_offset_});
}

void LogInput::NextFile() {
  consumed_before_ += streams_.front().consumed();
  streams_.pop_front();
  ++current_;
  begin_ = end_;
  offset_ = 0;
  ended_ = false;
}

}  // namespace pidigree
