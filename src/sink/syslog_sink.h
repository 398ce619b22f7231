#pragma once

#include <chrono>
#include <string>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/sink/line_sink.h"
#include "src/sink/syslog_header.h"

namespace pidigree {

// The log daemon behind a Unix datagram socket: rsyslogd, syslog-ng, journald. Each line is one
// datagram with a header of SyslogHeader.
//
// A daemon that is slow, restarts or has gone is waited for at most `patience`, in all; after that
// lines are refused until it takes one again.
class SyslogSink final : public LineSink {
 public:
  explicit SyslogSink(std::string path,
                      std::chrono::milliseconds patience = std::chrono::milliseconds(1000));

  const std::string& name() const override { return name_; }

  // Debian's rsyslogd passes on 8096 bytes of a datagram and cuts the rest.
  size_t max_line_bytes() const override { return kMaxDatagram - 28; }

  // Errors: as connect(2) says, with the path.
  Result<> Connect();

  Result<> Write(const LineBuffer& lines, size_t& written) override;

 private:
  static constexpr size_t kMaxDatagram = 8096;

  std::string path_;
  std::string name_;
  std::chrono::milliseconds patience_;
  UniqueFd socket_;
  SyslogHeader header_;
  bool stalled_ = false;  // waiting was in vain
};

}  // namespace pidigree
