#pragma once

#include <array>
#include <memory>
#include <string>

#include "src/event/event_source.h"
#include "src/records/record_policy.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// What a configuration asks of the agent. Immutable; a reload brings another.
struct AgentPolicy {
  RecordPolicy records;  // its hasher is the agent's, if rules_name_hashes
  // By LineFormat.
  std::array<std::shared_ptr<const Serializer>, kLineFormats> serializers;
  EventSet wanted;                 // events that the filter may keep
  bool rules_name_hashes = false;  // of files that are there: they are needed before the decision
  std::string configuration;       // path as given, valid text; empty: none
  std::string configuration_hash;  // of the file, in the form of Hashes
};

}  // namespace pidigree
