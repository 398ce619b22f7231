#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "src/base/seeded_hash.h"
#include "src/event/process_mute.h"
#include "src/event/record_filter.h"
#include "src/event/subject.h"
#include "src/lineage/live_table.h"

namespace pidigree {

// Finds processes of which the rules can keep nothing of some kind, whatever they do, since their
// Image alone decides, and has the kernel's side not tell that any more. Nothing else may change by
// that: docs/adr/0006-muting-in-the-kernel.md.
class LiveMutes {
 public:
  // Null: the kernel's side tells everything. Must outlive its use.
  void SetMute(ProcessMute* mute) { mute_ = mute; }

  // Everything is told again, until SetFilter().
  void Stop();
  // `filter`: null: nothing is filtered. `names_hashes`: hashes of what it drops are made, too, and
  // known from then on.
  void SetFilter(std::shared_ptr<const RecordFilter> filter, bool names_hashes);

  // `actor`, which is `entry`, did something of which nothing was written. `home`: the initial
  // mount namespace.
  void Consider(LiveEntry& entry, const Subject& actor, uint32_t home);
  // `entry` runs something else now, or ended.
  void Forget(LiveEntry& entry);

 private:
  // Of a process that runs `image`: ProcessMute::Terms::events.
  uint32_t UnwantedOf(std::string_view image);

  ProcessMute* mute_ = nullptr;
  std::shared_ptr<const RecordFilter> filter_;
  bool rules_name_hashes_ = false;
  uint32_t epoch_ = 1;  // a new one with each filter
  std::unordered_map<std::string, uint32_t, SeededHasher, std::equal_to<>> unwanted_of_image_;
};

}  // namespace pidigree
