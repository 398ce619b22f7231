#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pidigree {

// A log file (or standard input) that chunks come from.
struct LogFile {
  std::string name;  // as messages print it
  // What it is a piece of: files of one set are one host's.
  std::string set = {};
  std::string host = {};  // of records that name none; empty: not known
};

// Begins a line that stands in the same line of the file as the one before it (Unwrapper).
inline constexpr char kSameLine = '\x1e';

// A piece of a log: whole lines, one after the other, of one file. A cheap value: copies share the
// buffer, which goes back to its owner (by the deleter of `buffer`) with the last of them. Several
// chunks may view one buffer, so that a trickling pipe does not hold a buffer for each line.
struct LogChunk {
  std::shared_ptr<const void> buffer;   // keeps the bytes of `text`
  std::shared_ptr<const LogFile> file;  // never null
  std::string_view text;  // below 4 GiB; only the last line of a file may lack its '\n'
  uint64_t offset = 0;    // of `text` in the file, after decompression
};

}  // namespace pidigree
