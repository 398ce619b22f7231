#include "src/sink/syslog_sink.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace pidigree {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kMaxMessages = 64;  // in one system call

// Room for what the daemon has not taken yet; the kernel's default may be less than one datagram
// of full size after another.
constexpr int kSendBuffer = 1 << 20;

// Between two looks whether it takes more, or waiting is to end.
constexpr std::chrono::milliseconds kRetryInterval{20};

}  // namespace

SyslogSink::SyslogSink(std::string path, std::chrono::milliseconds patience)
    : path_(std::move(path)), name_("syslog://" + path_), patience_(patience) {}

Result<> SyslogSink::Connect() {
  Result<> connected = ConnectAs(SOCK_DGRAM);
  if (!connected && errno == EPROTOTYPE) connected = ConnectAs(SOCK_STREAM);
  return connected;
}

Result<> SyslogSink::ConnectAs(int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return FailErrno(errno, "connect to " + path_);
  }
  std::memcpy(address.sun_path, path_.data(), path_.size());
  UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return FailErrno(errno, "make a socket for " + path_);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    fd = UniqueFd();
    Result<> failed = FailErrno(why, "connect to " + path_);
    errno = why;
    return failed;
  }
  socket_ = std::move(fd);
  stream_ = type == SOCK_STREAM;
  message_.clear();
  sent_ = 0;
  return {};
}

// As many as fit into one call.
int SyslogSink::SendDatagrams(const LineBuffer& lines, size_t next) {
  const std::string_view header = header_.At(std::time(nullptr));
  std::array<iovec, 2 * kMaxMessages> parts;
  std::array<mmsghdr, kMaxMessages> messages{};
  const size_t count = std::min(kMaxMessages, lines.size() - next);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view line = lines.line(next + i);
    parts[2 * i] = {const_cast<char*>(header.data()), header.size()};
    parts[2 * i + 1] = {const_cast<char*>(line.data()), line.size()};
    messages[i].msg_hdr.msg_iov = &parts[2 * i];
    messages[i].msg_hdr.msg_iovlen = 2;
  }
  return sendmmsg(socket_.get(), messages.data(), static_cast<unsigned>(count),
                  MSG_DONTWAIT | MSG_NOSIGNAL);
}

// 1 once all of it is sent, 0 if a part is: the same line is to be sent again then.
int SyslogSink::SendLine(std::string_view line) {
  const std::string_view unsent = message_;
  const bool is_begun = sent_ > 0 && unsent.substr(line_at_, unsent.size() - line_at_ - 1) == line;
  if (!is_begun) {
    // What is left of another line, which was given up, ends before this one begins.
    message_.erase(0, sent_ > 0 ? sent_ : message_.size());
    message_.append(header_.At(std::time(nullptr)));
    line_at_ = message_.size();
    message_.append(line).append("\n");
    sent_ = 0;
  }
  const ssize_t count = send(socket_.get(), message_.data() + sent_, message_.size() - sent_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) return -1;
  sent_ += static_cast<size_t>(count);
  if (sent_ < message_.size()) return 0;
  message_.clear();
  sent_ = 0;
  return 1;
}

Result<> SyslogSink::Write(const LineBuffer& lines, size_t& next) {
  auto deadline = Steady::now() + patience_;
  while (next < lines.size()) {
    Result<> connected;
    if (!socket_) connected = Connect();
    int error_number = errno;
    if (connected) {
      const int sent = stream_ ? SendLine(lines.line(next)) : SendDatagrams(lines, next);
      if (sent >= 0) {
        next += static_cast<size_t>(sent);
        deadline = Steady::now() + patience_;
        continue;
      }
      error_number = errno;
      if (error_number == EINTR) continue;
    }
    if (error_number == EMSGSIZE)
      return Fail(ErrorCode::kLimit, "a line of " + std::to_string(lines.line(next).size()) +
                                         " bytes is too long for " + path_);
    const bool full = error_number == EAGAIN || error_number == ENOBUFS;
    if (!full) socket_ = UniqueFd();
    if (in_haste_ || Steady::now() >= deadline) {
      if (!connected) return connected;
      return FailErrno(error_number, "send to " + path_);
    }
    // What the kernel has no memory for, the socket takes still, as poll(2) says.
    pollfd ready{error_number == EAGAIN ? socket_.get() : -1, POLLOUT, 0};
    poll(&ready, 1, static_cast<int>(kRetryInterval.count()));
  }
  return {};
}

}  // namespace pidigree
