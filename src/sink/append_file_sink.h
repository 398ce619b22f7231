#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/file_stamp.h"
#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/sink/line_sink.h"

namespace pidigree {

struct AppendFileOptions {
  // Of a file that is made; none: 0640 less the umask, and the group that the system gives it.
  std::optional<mode_t> mode = {};
  std::optional<gid_t> group = {};
  std::chrono::milliseconds patience{1000};
};

// A file whose end grows, readable by its owner and group only unless other is asked for (a file
// that exists keeps its mode and group), or standard output.
//
// Only whole lines are left in a regular file: a line that the disk had no room for is taken back,
// and behind one that somebody else left unfinished the next begins on a new one. So it does in a
// pipe that took a part of a line. Pipes, sockets and terminals are waited for as long as they take
// something within the patience. A regular file that is not what its name means any more is opened
// anew. SIGPIPE must be ignored.
class AppendFileSink final : public LineSink {
 public:
  // `path`: a file name, or "-" for standard output.
  //
  // Errors: as open(2) says, with the path.
  static Result<AppendFileSink> Open(const std::string& path,
                                     const AppendFileOptions& options = {});

  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& lines, size_t& next) override;
  Result<> Reopen() override;
  void StopWaiting() override { *in_haste_ = true; }

  // Which regular file it is; none if it is another thing.
  const std::optional<FileId>& file() const { return file_; }

 private:
  AppendFileSink(std::string path, const AppendFileOptions& options);

  Result<UniqueFd> OpenPath() const;
  bool HasMoved();
  // Writes as much as can be; returns how many bytes, and why not all in `error_number` (0: all).
  size_t WriteBytes(std::string_view bytes, int& error_number);
  // False: not within the patience, or never.
  bool WaitUntilWritable() const;
  void TakeBack(size_t bytes);

  std::string path_;  // empty: standard output
  std::string name_;
  AppendFileOptions options_;
  UniqueFd owned_;  // none for standard output
  int fd_ = -1;     // none after a Reopen() that failed
  std::optional<FileId> file_;
  std::chrono::steady_clock::time_point looked_at_;  // whether the file has moved
  bool broken_line_ = false;                         // the last thing in it is a part of a line
  std::unique_ptr<std::atomic<bool>> in_haste_ = std::make_unique<std::atomic<bool>>(false);
};

}  // namespace pidigree
