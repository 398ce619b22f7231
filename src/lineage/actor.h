#pragma once

#include "src/base/shared_text.h"
#include "src/event/record.h"
#include "src/lineage/process_entry.h"

namespace pidigree {

// A process that a fact names, as the lineage knows it at that moment.
struct Actor {
  ProcessEntry& entry;
  SharedText* user;  // part 0: name of its real uid at that moment; null: not known
  UtcTime time;
};

}  // namespace pidigree
