#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// How a run of the built program ended.
struct ProgramResult {
  int exit_status = -1;  // 128 + N if signal N ended it
  std::string out;
  std::string err;
  size_t max_resident_bytes = 0;
};

struct ProgramInput {
  int stdin_fd = -1;                         // -1: /dev/null
  int stdout_fd = -1;                        // -1: kept in ProgramResult::out
  std::function<void()> in_child = nullptr;  // runs between fork and exec
};

// Runs `pidigree ARGS...`.
ProgramResult RunPidigree(const std::vector<std::string>& args, const ProgramInput& input = {});

// A run of `pidigree ARGS...` with a pipe to its standard input and one from its standard output.
class Conversation {
 public:
  // `err`, `out`: descriptors to use instead of a file and the pipe. `in_child` runs between fork
  // and exec.
  explicit Conversation(const std::vector<std::string>& args, int err = -1, int out = -1,
                        const std::function<void()>& in_child = nullptr);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation();

  void Write(std::string_view text);
  // Reads until the output holds `text`; false if it ends, or nothing comes for a minute.
  bool ReadUntil(std::string_view text);
  bool ReadSome();
  void Signal(int number);
  bool HasEnded() const;
  pid_t pid() const { return pid_; }
  // Closes standard input, unless told otherwise, and reads the rest.
  ProgramResult Finish(bool close_input = true);

 private:
  const TempDir dir_;
  pid_t pid_ = -1;
  UniqueFd to_program_;
  UniqueFd from_program_;
  std::string out_;
};

}  // namespace pidigree
