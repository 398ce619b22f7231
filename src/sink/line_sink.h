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

  // The longest line that it takes, without the newline; 0: no limit.
  virtual size_t max_line_bytes() const { return 0; }

  // Writes the lines in their order, until one of them cannot be written; sets `written` to the
  // number of those before it. May wait for a bounded time, and after a wait in vain does not wait
  // again until something was written.
  //
  // Errors: why line number `written` could not be written. The next call tries anew.
  virtual Result<> Write(const LineBuffer& lines, size_t& written) = 0;

  // Any thread: a Write() that waits returns soon, and from now on none waits.
  virtual void StopWaiting() {}

  // Opens again what it writes to, by name: after a log file was renamed.
  //
  // Errors: as at the first opening; it goes on with what is open.
  virtual Result<> Reopen() { return {}; }
};

}  // namespace pidigree
