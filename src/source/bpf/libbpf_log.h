#pragma once

#include <string>
#include <string_view>

namespace pidigree {

// Keeps what libbpf says on this thread while it lives, instead of standard error; without one,
// libbpf's words go nowhere. One at a time on a thread.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();

  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace pidigree
