#pragma once

#include <string>
#include <string_view>

#include "src/base/unique_fd.h"

namespace pidigree {

// A pseudo-terminal, pty(7): what a program prints to it can be read.
class Terminal {
 public:
  Terminal();

  // For the program.
  int fd() const { return program_side_.get(); }

  // Waits up to `patience_ms` for something to be printed, and takes it. Whether there was
  // anything.
  bool Read(int patience_ms);
  // All that has been taken. The terminal has put a '\r' before each '\n'.
  const std::string& text() const { return text_; }
  bool Shows(std::string_view text) const { return text_.find(text) != text_.npos; }

 private:
  UniqueFd our_side_;
  UniqueFd program_side_;
  std::string text_;
};

}  // namespace pidigree
