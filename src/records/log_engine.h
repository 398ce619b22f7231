#pragma once

#include <utility>

#include "src/base/clock.h"
#include "src/lineage/log_lineage.h"
#include "src/records/engine.h"

namespace pidigree {

struct LogEngineOptions {
  LogLineageOptions lineage = {};
  // since, until: only records created then are written; all facts build lineage.
  RecordWriter::Options records = {};
};

// The parts of an engine for the facts of logs.
struct LogEngine {
  explicit LogEngine(LogEngineOptions options = {})
      : records(options.records),
        lineage(std::move(options.lineage), records),
        engine({}, lineage, records, clock) {}

  SystemClock clock;
  RecordWriter records;
  LogLineage lineage;
  Engine engine;
};

}  // namespace pidigree
