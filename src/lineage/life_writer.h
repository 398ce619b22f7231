#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/shared_text.h"
#include "src/event/counters.h"
#include "src/event/record.h"
#include "src/lineage/process_entry.h"

namespace pidigree {

// Writes what a lineage finds out about processes: src/records/record_writer.h. Owns the texts of
// their entries, and the counters of both.
class LifeWriter {
 public:
  virtual ~LifeWriter() = default;

  // What records of processes of `host` have for Computer: valid text.
  virtual void SetComputer(uint32_t host, std::string computer) = 0;

  // `entry` replaced its program at `time`. `command_line` is the whole one where the table's is
  // cut; empty otherwise.
  virtual void Exec(ProcessEntry& entry, UtcTime time, std::string_view command_line) = 0;
  // `entry` ended at `end`, with the user `user`, as what happened at `time` tells; written if it
  // was ever offered.
  virtual void Terminate(ProcessEntry& entry, SharedText* user, UtcTime end, UtcTime time) = 0;
  // `entry` is named by what happened at `time`, which passes the filter: announces it and its
  // ancestors as far as they were not.
  virtual void Announce(ProcessEntry& entry, UtcTime time) = 0;
  // Its ProcessCreate went to the present filter, or it ended after one went to an earlier one.
  virtual bool Offered(const ProcessEntry& entry) const = 0;

  SharedTextPool& texts() { return texts_; }
  Counters& counters() { return counters_; }

 protected:
  SharedTextPool texts_;
  Counters counters_;
};

}  // namespace pidigree
