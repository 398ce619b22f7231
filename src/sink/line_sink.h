#pragma once

#include <cstddef>
#include <string>

#include "src/base/result.h"
#include "src/sink/line_buffer.h"

namespace pidigree {

// Where the lines of a running agent go. Unlike a Sink it goes on after an error: a full disk gets
// room again, a log daemon comes back. One thread at a time.
class LineSink {
 public:
  virtual ~LineSink() = default;

  // As the command line names it.
  virtual const std::string& name() const = 0;

  // Writes the lines from number `next` on in their order, until one of them cannot be written, and
  // moves `next` behind the last that was. What is slow is waited for as long as it takes something
  // within `patience`.
  //
  // Errors: why line number `next` could not be written. The next call tries anew; kGone: it never
  // will be.
  virtual Result<> Write(const LineBuffer& lines, size_t& next) = 0;

  // Any thread: a Write() that waits returns soon, and from now on none waits.
  virtual void StopWaiting() {}

  // Opens again what it writes to, by name: after a log file was renamed.
  //
  // Errors: as at the first opening. It is not what it was before any more: each Write() tries
  // again, and fails as long as that does.
  virtual Result<> Reopen() { return {}; }
};

}  // namespace pidigree
