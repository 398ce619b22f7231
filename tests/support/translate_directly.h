#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/records/log_engine.h"
#include "src/serialize/event_reader.h"
#include "src/source/audit/event_assembler.h"

namespace pidigree {

struct DirectTranslation {
  std::vector<LoggedEvent> events;
  Counters counters;
  AuditStatistics audit;
};

// Takes a log through parser, assembler and lineage in one thread, without serializing: fields have
// the text that serializers would print. Each of `chunks` is a piece of the log of whole lines and
// must outlive the call.
DirectTranslation TranslateDirectly(std::span<const std::string_view> chunks);

// Cuts `log` after the first line that ends beyond each `chunk_bytes`.
std::vector<std::string_view> CutIntoChunks(std::string_view log, size_t chunk_bytes);

}  // namespace pidigree
