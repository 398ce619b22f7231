#pragma once

#include <memory>

#include "src/enrich/executable_hasher.h"
#include "src/enrich/file_hash.h"
#include "src/enrich/host_lookups.h"
#include "src/event/record_filter.h"

namespace pidigree {

// What a configuration asks of whoever makes records.
struct RecordPolicy {
  // Who decides what is written; null: everything is.
  std::shared_ptr<const RecordFilter> filter = nullptr;
  // For rules that name Hashes: asked before the filter is. Null: nobody; batches list what is to
  // be hashed. Must outlive its use.
  ExecutableHasher* hasher = nullptr;
  HostLookups host_lookups = HostLookups::kNone;
  // Of what is hashed at once: values of extended attributes.
  HashKinds hash_kinds = {};
};

}  // namespace pidigree
