#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/sink/line_sink.h"

namespace pidigree {

// A file whose end grows, readable by its owner and group only (mode 0640 less the umask; a file
// that exists keeps its mode), or standard output.
//
// Only whole lines are left in a regular file: a line that the disk had no room for is taken back.
// Where that is not possible (a pipe) the next line that can be written begins on a new one.
// Pipes, sockets and terminals are waited for at most `patience`. SIGPIPE must be ignored.
class AppendFileSink final : public LineSink {
 public:
  // `path`: a file name, or "-" for standard output.
  //
  // Errors: as open(2) says, with the path.
  static Result<AppendFileSink> Open(const std::string& path, std::chrono::milliseconds patience =
                                                                  std::chrono::milliseconds(1000));

  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& lines, size_t& written) override;
  Result<> Reopen() override;
  void StopWaiting() override { *in_haste_ = true; }

 private:
  AppendFileSink(std::string path, std::chrono::milliseconds patience);

  // Writes as much as can be; returns how many bytes, and why not all in `error_number` (0: all).
  size_t WriteBytes(std::string_view bytes, int& error_number);
  // False: not within the patience, or never.
  bool WaitUntilWritable();
  void TakeBack(size_t bytes);

  std::string path_;  // empty: standard output
  std::string name_;
  std::chrono::milliseconds patience_;
  UniqueFd owned_;  // none for standard output
  int fd_ = -1;
  bool regular_ = false;
  bool broken_line_ = false;  // the last thing written is a part of a line
  bool stalled_ = false;      // waiting was in vain
  std::unique_ptr<std::atomic<bool>> in_haste_ = std::make_unique<std::atomic<bool>>(false);
};

}  // namespace pidigree
