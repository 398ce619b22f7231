#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace pidigree {

// A log daemon of this machine with a configuration of the test, which reads sockets of the test
// and nothing of the machine. It keeps what it has not written, and takes no more, while its disk
// is full.
class LogDaemon {
 public:
  LogDaemon(const LogDaemon&) = delete;
  LogDaemon& operator=(const LogDaemon&) = delete;
  ~LogDaemon() { Stop(); }

  // Waits until its sockets are there.
  void Start();
  void Stop();
  // Lets it stand still, and go on.
  void Pause();
  void Continue();

 protected:
  LogDaemon(std::vector<std::string> command, std::vector<std::string> sockets)
      : command_(std::move(command)), sockets_(std::move(sockets)) {}

 private:
  const std::vector<std::string> command_;
  const std::vector<std::string> sockets_;
  pid_t pid_ = -1;
};

class Rsyslogd : public LogDaemon {
 public:
  // `name` is that of its files in `dir`, `socket` a Unix socket that it reads (empty: none), and
  // `config` says what else it does.
  Rsyslogd(const TempDir& dir, const std::string& name, const std::string& socket,
           const std::string& config);

  // A configuration that writes the text of the lines to the file `path`.
  static std::string WriteTo(const std::string& path);
};

// The syslog-ng that fetch_syslog_ng.sh has unpacked. It reads the sockets `DIR/ng-dgram.socket`
// and `DIR/ng-stream.socket` and writes their lines to `FOLDER/ng-dgram` and `FOLDER/ng-stream`.
class SyslogNg : public LogDaemon {
 public:
  SyslogNg(const TempDir& dir, const std::string& folder);
};

}  // namespace pidigree
