#pragma once

#include <memory>
#include <vector>

#include "src/enrich/executable_hasher.h"
#include "src/event/record_batch.h"
#include "src/event/record_filter.h"

namespace pidigree {

// What the live lineage makes of some facts. Filled by the collector, then read by others; goes
// back to LiveLineage::Recycle() on the collector's thread.
struct EventBatch {
  RecordBatch records;
  // One for each record about a known file that has no Hashes yet, in the order of the records.
  std::vector<HashRequest> hashes;
  // Owns the rule names in `records`.
  std::shared_ptr<const RecordFilter> filter;
};

}  // namespace pidigree
