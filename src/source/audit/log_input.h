#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/free_list.h"
#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/source/audit/log_chunk.h"
#include "src/source/audit/log_stream.h"

namespace pidigree {

struct LogInputOptions {
  size_t read_bytes = 256 * 1024;        // size of a chunk, roughly
  size_t max_line_bytes = 1024 * 1024;   // longer lines are dropped and counted
  std::chrono::milliseconds idle{3000};  // silence of a live input that is worth telling
  // How long to wait for more of a live input after its first bytes, since few large chunks take
  // less time and memory than many small ones.
  std::chrono::milliseconds gather{10};
};

// A line that was dropped for its length.
struct DroppedLine {
  std::string file;
  uint64_t offset;  // of its first byte, after decompression
  uint64_t bytes;   // without its newline
};

// The text of several logs as one sequence of chunks: files in the order of rotated_logs.h, a file
// named twice once, and then what is live.
//
// Memory does not depend on the input: each chunk has a buffer of max_line_bytes + read_bytes, of
// which read_bytes are written to unless a line is longer, and buffers are used again.
//
// One thread at a time, except where a member says otherwise.
class LogInput {
 public:
  enum class Outcome : uint8_t {
    kChunk,
    kIdle,  // a live input has been silent for `idle`: told again after each such time
    kEnd,
  };

  // Opens everything. What cannot be opened is in problems(). `hosts`: LogFile::host of some paths.
  explicit LogInput(const std::vector<std::string>& paths, const LogInputOptions& options = {},
                    const std::map<std::string, std::string>& hosts = {});

  // Sets `chunk` to the next piece, never empty; waits for live inputs. A line that the end of a
  // file cuts comes as it is. A dropped line leaves its newline behind, so that lines can be
  // counted.
  Outcome Read(LogChunk& chunk);

  // Ends the input early: a live one after what can be read at once, a file where it is. Any thread
  // and, since it only writes to an eventfd(2), any signal handler may call it or write 8 bytes,
  // uint64_t{1}, to stop_fd().
  void Stop();
  // As Stop(), by whoever has no use for more and says why himself: what is left is no problem. Any
  // thread may call it.
  void Abandon();
  int stop_fd() const { return stop_.get(); }

  // Whether some input is live.
  bool has_live() const { return has_live_; }

  // Bytes in all files, compressed as they are; none if some input is live.
  std::optional<uint64_t> total_bytes() const;
  // Bytes of it read so far. Any thread may ask.
  uint64_t consumed_bytes() const { return consumed_.load(std::memory_order_relaxed); }

  // Names of all inputs that could be opened, in the order of reading.
  const std::vector<std::shared_ptr<const LogFile>>& files() const { return files_; }
  // What could not be opened, or not be read to its end.
  const std::vector<Error>& problems() const { return problems_; }
  uint64_t dropped_lines() const { return dropped_lines_; }
  // The first of them.
  const std::vector<DroppedLine>& dropped() const { return dropped_; }

 private:
  enum class Filled : uint8_t { kBytes, kIdle, kEnd };

  std::vector<LogStream> OpenAll(const std::vector<std::string>& paths);
  void Queue(std::vector<LogStream> streams, const std::map<std::string, std::string>& hosts);
  Filled Fill();
  Filled AwaitLive();
  bool CanReadMore(std::chrono::milliseconds wait) const;
  bool StopRequested() const;
  void MakeRoom();
  bool TakeLines(size_t searched, LogChunk& chunk);
  void Take(size_t end, LogChunk& chunk);
  void CountDropped();
  void NextFile();

  const LogInputOptions options_;
  FreeList<std::unique_ptr<char[]>> buffers_;
  UniqueFd stop_;
  bool has_live_ = false;
  uint64_t total_bytes_ = 0;
  std::vector<std::shared_ptr<const LogFile>> files_;
  std::vector<Error> problems_;

  std::deque<LogStream> streams_;  // the current one and those to come
  size_t current_ = 0;             // index of its name in files_
  std::shared_ptr<char> buffer_;   // [begin_, end_) is still to be handed out
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;    // of begin_ in the current file
  bool ended_ = false;     // nothing more comes from the current file
  bool dropping_ = false;  // inside a line that is too long, which started at:
  uint64_t dropped_offset_ = 0;
  std::optional<uint64_t> left_after_stop_;  // of a live input

  uint64_t consumed_before_ = 0;  // by the files before the current one
  std::atomic<bool> abandoned_ = false;
  std::atomic<uint64_t> consumed_ = 0;
  uint64_t dropped_lines_ = 0;
  std::vector<DroppedLine> dropped_;
};

}  // namespace pidigree
