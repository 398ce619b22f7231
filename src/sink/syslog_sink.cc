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

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxMessages = 64;  // in one system call

// Room for what the daemon has not taken yet; the kernel's default may be less than one datagram
// of full size after another.
constexpr int kSendBuffer = 1 << 20;

constexpr auto kRetryInterval = std::chrono::milliseconds(20);

// Sends lines from number `first` on, as many as fit into one call. Returns how many were sent, -1
// with errno if none.
int Send(int socket, std::string_view header, const LineBuffer& lines, size_t first) {
  std::array<iovec, 2 * kMaxMessages> parts;
  std::array<mmsghdr, kMaxMessages> messages{};
  const size_t count = std::min(kMaxMessages, lines.size() - first);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view line = lines.line(first + i);
    parts[2 * i] = {const_cast<char*>(header.data()), header.size()};
    parts[2 * i + 1] = {const_cast<char*>(line.data()), line.size()};
    messages[i].msg_hdr.msg_iov = &parts[2 * i];
    messages[i].msg_hdr.msg_iovlen = 2;
  }
  return sendmmsg(socket, messages.data(), static_cast<unsigned>(count),
                  MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

SyslogSink::SyslogSink(std::string path, std::chrono::milliseconds patience)
    : path_(std::move(path)), name_("syslog://" + path_), patience_(patience) {}

Result<> SyslogSink::Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return Fail(ErrorCode::kLimit, path_ + " is too long for the path of a socket");
  std::memcpy(address.sun_path, path_.data(), path_.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return FailErrno(errno, "make a socket for " + path_);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return FailErrno(errno, "connect to " + path_);
  socket_ = std::move(fd);
  return {};
}

Result<> SyslogSink::Write(const LineBuffer& lines, size_t& written) {
  written = 0;
  const auto deadline = Clock::now() + (stalled_ ? std::chrono::milliseconds(0) : patience_);
  while (written < lines.size()) {
    Result<> connected;
    if (!socket_) connected = Connect();
    int error_number = 0;
    if (connected) {
      const int sent = Send(socket_.get(), header_.At(std::time(nullptr)), lines, written);
      if (sent > 0) {
        written += static_cast<size_t>(sent);
        stalled_ = false;
        continue;
      }
      error_number = errno;
      if (error_number == EINTR) continue;
    }
    const bool full = error_number == EAGAIN || error_number == ENOBUFS;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      stalled_ = true;
      if (!full) socket_ = UniqueFd();
      if (!connected) return connected;
      return FailErrno(error_number, "send to " + path_);
    }
    if (full) {
      pollfd ready{socket_.get(), POLLOUT, 0};
      poll(&ready, 1, static_cast<int>(std::min(left, kRetryInterval).count()));
    } else {
      socket_ = UniqueFd();
      poll(nullptr, 0, static_cast<int>(std::min(left, kRetryInterval).count()));
    }
  }
  return {};
}

}  // namespace pidigree
