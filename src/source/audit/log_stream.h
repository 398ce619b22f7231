#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/source/audit/decompressor.h"
#include "src/source/audit/unwrapper.h"

namespace pidigree {

// The bytes of one log, decompressed if its first bytes are those of a Decompressor, whatever the
// name: any number of members, zeros after the last. Wrapped records (Unwrapper) come unwrapped.
class LogStream {
 public:
  struct Piece {
    size_t bytes = 0;  // 0 does not mean the end: compressed bytes may not have made any yet
    bool end = false;
  };

  // `path`: a file of any kind but a directory; "-" is standard input.
  //
  // Errors: as open(2) says; kUnsupported for a directory.
  static Result<LogStream> Open(const std::string& path);

  // Reads at most `capacity` (at least Decompressor::kMagicBytes) bytes to `out`. Waits if the
  // input is live, MayRead() is false and poll(2) does not say that fd() can be read.
  //
  // Errors: as read(2) says; kUnsupported for an UnreadableForm(); kCorrupt for damaged or
  // truncated data, with the offset in the file. All that came before has been handed out.
  Result<Piece> Read(char* out, size_t capacity);

  // Whether Read() can go on without asking fd() for more.
  bool MayRead() const;

  // Goes back to where the file was when it was opened. Only for files that are not live.
  //
  // Errors: as lseek(2) says.
  Result<> Rewind();

  const std::string& name() const { return name_; }  // as messages print it
  int fd() const { return fd_; }
  bool live() const { return live_; }              // not a regular file: more may come at any time
  uint64_t size() const { return size_; }          // when opened; 0 if live
  uint64_t consumed() const { return consumed_; }  // bytes taken from the file itself

 private:
  static constexpr size_t kInputBytes = 64 * 1024;

  struct Compressed {
    explicit Compressed(std::unique_ptr<Decompressor> found) : decompressor(std::move(found)) {
      decompressor->Begin();
    }

    std::unique_ptr<Decompressor> decompressor;
    bool in_member = true;
    bool output_was_filled = false;  // it may hold more than it had room to write
    std::unique_ptr<char[]> input = std::make_unique_for_overwrite<char[]>(kInputBytes);
    std::string_view left;  // of the input
  };

  LogStream(int fd, UniqueFd owned, std::string name);
  Result<size_t> ReadFd(char* out, size_t capacity);
  Result<Piece> ReadBytes(char* out, size_t capacity);
  Result<Piece> ReadFirst(char* out, size_t capacity);
  Result<Piece> Unwrap(char* out, size_t capacity);
  bool MayDecompress() const;
  Result<Piece> Decompress(char* out, size_t capacity);

  int fd_;
  UniqueFd owned_;  // none for standard input
  std::string name_;
  bool live_ = false;
  bool started_ = false;
  uint64_t size_ = 0;
  int64_t start_ = 0;
  uint64_t consumed_ = 0;
  std::unique_ptr<Compressed> compressed_;  // null: plain
  bool looked_ = false;                     // into the first bytes, for an unwrapper
  std::unique_ptr<Unwrapper> unwrapper_;    // null: the records are not wrapped
  std::string unwrapped_;                   // what it has made
  size_t unwrapped_read_ = 0;
  bool ended_ = false;  // of the bytes to unwrap
};

}  // namespace pidigree
