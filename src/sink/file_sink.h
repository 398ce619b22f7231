#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/sink/sink.h"

namespace pidigree {

// A file, made anew and readable by its owner and group only (mode 0640 less the umask; a file that
// exists keeps its mode), or standard output. Every Write() is passed on at once, so that who
// follows the file sees whole lines.
//
// Writing to a pipe that nobody reads any more raises SIGPIPE, which ends a process that leaves it
// alone, as usual in a shell pipeline; otherwise it is an error like a full disk.
class FileSink : public Sink {
 public:
  // `path`: a file name, or "-" for standard output.
  //
  // Errors: as open(2) and ftruncate(2) say, with the path.
  static Result<FileSink> Open(const std::string& path);

  // Whether this is the regular file that `path` ("-": standard input) names. Nothing has been
  // written to the sink, nor has the file been emptied, before Start().
  bool IsSameFile(const std::string& path) const;

  // Empties the file. To be called once, before the first Write().
  Result<> Start();

  Result<> Write(std::string_view lines) override;

 private:
  FileSink(int fd, UniqueFd owned, std::string name)
      : fd_(fd), owned_(std::move(owned)), name_(std::move(name)) {}

  int fd_;
  UniqueFd owned_;  // none for standard output
  std::string name_;
};

}  // namespace pidigree
