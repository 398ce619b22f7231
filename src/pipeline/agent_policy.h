#pragma once

#include <memory>
#include <string>

#include "src/enrich/file_hash.h"
#include "src/enrich/host_lookups.h"
#include "src/event/kernel_source.h"
#include "src/event/record_filter.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// What a configuration asks of the agent. Immutable; a reload brings another.
struct AgentPolicy {
  std::shared_ptr<const RecordFilter> filter;
  std::shared_ptr<const Serializer> serializer;
  EventSet wanted;  // events that the filter may keep
  HashKinds hash_kinds;
  HostLookups host_lookups = HostLookups::kNone;
  bool rules_name_hashes = false;  // of files that are there: they are needed before the decision
  std::string configuration;       // path as given, valid text; empty: none
  std::string configuration_hash;  // of the file, in the form of Hashes
};

}  // namespace pidigree
