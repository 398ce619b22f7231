#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// What decides a log's place among others.
struct LogPlace {
  std::string path;
  // Of its first record; none if it has none that we can see.
  std::optional<int64_t> first_stamp_ms = std::nullopt;
  bool live = false;  // a pipe: cannot be looked into before it is read
};

// The order in which to read logs, as indices into `logs`:
//
// - Files whose names differ only in the small number that rotation added (audit.log, audit.log.1,
//   audit.log.2.gz) are one set. The higher the number the older the file, and the older comes
//   first.
// - Sets, and files that belong to none (their suffix may be a date), follow each other by the
// stamp
//   of their first record, else by name. Those without a record come after all that have one.
// - Live inputs come last, in the order given.
std::vector<size_t> OrderLogs(std::span<const LogPlace> logs);

// What the files of a set have in common: `path` without the number or the date that rotation
// added, and without what compression did.
std::string_view LogSetOf(std::string_view path);

// The stamp of the first record in `text`: of the first "audit(SECONDS.MMM:".
std::optional<int64_t> FirstStampMs(std::string_view text);

}  // namespace pidigree
