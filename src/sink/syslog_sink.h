#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/sink/line_sink.h"
#include "src/sink/syslog_header.h"

namespace pidigree {

// The log daemon behind a Unix socket: rsyslogd, syslog-ng, journald. Each line is one datagram
// with a header of SyslogHeader; where the socket is of a stream, as syslog-ng's may be, a line of
// it.
//
// A daemon that is slow is waited for as long as it takes something within `patience`. One that has
// gone, or restarts, is looked for with each Write().
class SyslogSink final : public LineSink {
 public:
  explicit SyslogSink(std::string path,
                      std::chrono::milliseconds patience = std::chrono::milliseconds(1000));

  const std::string& name() const override { return name_; }

  // Errors: as connect(2) says, with the path.
  Result<> Connect();

  Result<> Write(const LineBuffer& lines, size_t& next) override;
  void StopWaiting() override { in_haste_ = true; }

 private:
  Result<> ConnectAs(int type);
  // Sends lines from `next` on. Returns what sendmmsg(2) or send(2) does.
  int SendDatagrams(const LineBuffer& lines, size_t next);
  int SendLine(std::string_view line);

  std::string path_;
  std::string name_;
  std::chrono::milliseconds patience_;
  UniqueFd socket_;
  bool stream_ = false;
  // Of a stream: what it has taken a part of, the first sent_ bytes, with its line at line_at_.
  std::string message_;
  size_t sent_ = 0;
  size_t line_at_ = 0;
  SyslogHeader header_;
  std::atomic<bool> in_haste_ = false;
};

}  // namespace pidigree
