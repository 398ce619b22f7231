#pragma once

#include <utility>

#include "src/lineage/live_lineage.h"
#include "src/records/engine.h"

namespace pidigree {

struct LiveEngineOptions {
  LiveLineageOptions lineage = {};
  RecordWriter::Options records = {};  // rates: --max-rate; of no event that tells of lives
  EngineOptions engine = {};
};

// The parts of an engine for the facts of the running kernel.
struct LiveEngine {
  LiveEngine(LiveEngineOptions options, const Clock& clock, UserNameService* users = nullptr,
             HostNameService* hosts = nullptr)
      : records(options.records),
        lineage(std::move(options.lineage), clock, users, records),
        engine(std::move(options.engine), lineage, records, clock, hosts) {}

  RecordWriter records;
  LiveLineage lineage;
  Engine engine;
};

}  // namespace pidigree
