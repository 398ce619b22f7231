#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/event/event_source.h"
#include "src/pipeline/destination_queue.h"

namespace pidigree {

// Where events go and what of them, as DEST of the command line says it.
struct DestinationSpec {
  enum class Place : uint8_t { kStandardOutput, kFile, kSyslog };

  // Whatever the event, its line with all values cut is shorter, in each format.
  static constexpr size_t kMinLineBytes = 2048;
  // What two default rsyslogd in a row pass on uncut, whatever the host is called.
  static constexpr size_t kSyslogLineBytes = 7900;
  static constexpr size_t kMinQueueBytes = size_t{64} << 10;
  static constexpr size_t kMaxQueueBytes = size_t{1} << 30;

  Place place = Place::kStandardOutput;
  std::string path;                   // of the file, or of the log daemon's socket
  std::optional<std::string> format;  // xml or json; none: that of --format
  EventSet events = EventSet().set();
  size_t queue_bytes = size_t{16} << 20;
  DestinationQueue::Drop drop = DestinationQueue::Drop::kNewest;
  std::optional<size_t> max_line_bytes;  // none: any length
  std::optional<mode_t> mode;            // of a file that is made
  std::optional<std::string> group;      // likewise; its name
};

// Reads PLACE[?KEY=VALUE&...]. PLACE is "-", "syslog", "syslog:///SOCKET" or the path of a file,
// which has a '/' or a '.' where it could be taken for the name of a place; DestinationHelp() has
// the keys. "?", "&" and "%" in a path or a value are written %3F, %26 and %25.
//
// Errors: kUsage, with `text` and what is wrong.
Result<DestinationSpec> ParseDestination(std::string_view text);

// Whether `text` is "-" or the path of a file, by the same rule, of a command that has no other
// places and no keys.
//
// Errors: likewise.
Result<> CheckOutputPath(const std::string& text);

// The keys, for people: a line for each, the last one without its end.
std::string DestinationHelp();

}  // namespace pidigree
