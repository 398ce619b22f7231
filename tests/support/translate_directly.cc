#include "tests/support/translate_directly.h"

#include <memory>

#include "src/event/value_text.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {
namespace {

void TakeRecords(const RecordBatch& batch, std::vector<LoggedEvent>& events) {
  char buffer[kValueTextSize];
  for (const Record& record : batch.records()) {
    LoggedEvent& event = events.emplace_back();
    event.id = record.type->id;
    event.record_id = events.size();
    event.time_created = std::to_string(record.time_created.ns);
    event.computer = record.computer;
    event.fields.reserve(record.values.size());
    for (size_t i = 0; i < record.values.size(); ++i) {
      const Field& field = record.type->fields[i];
      event.fields.emplace_back(field.name, FormatValue(record.values[i], field.type, buffer));
    }
  }
}

}  // namespace

DirectTranslation TranslateDirectly(std::span<const std::string_view> chunks) {
  DirectTranslation result;
  LogEngine log;
  EventAssembler assembler(log.engine);
  EventBatch batch;
  const auto file = std::make_shared<const LogFile>(LogFile{.name = "audit.log"});
  uint64_t offset = 0;
  for (const std::string_view chunk : chunks) {
    log.engine.BeginBatch(batch);
    auto parsed = std::make_shared<ParsedChunk>();
    ParseChunk({.buffer = nullptr, .file = file, .text = chunk, .offset = offset}, *parsed);
    offset += chunk.size();
    assembler.Add(std::move(parsed));
    TakeRecords(batch.records, result.events);
    log.engine.Recycle(batch);
  }
  log.engine.BeginBatch(batch);
  assembler.Finish();
  log.lineage.Finish();
  TakeRecords(batch.records, result.events);
  log.engine.Recycle(batch);
  result.counters = log.engine.counters();
  result.audit = assembler.statistics();
  return result;
}

std::vector<std::string_view> CutIntoChunks(std::string_view log, size_t chunk_bytes) {
  std::vector<std::string_view> chunks;
  while (!log.empty()) {
    const size_t end = log.size() <= chunk_bytes ? log.npos : log.find('\n', chunk_bytes);
    const size_t size = end == log.npos ? log.size() : end + 1;
    chunks.push_back(log.substr(0, size));
    log.remove_prefix(size);
  }
  return chunks;
}

}  // namespace pidigree
