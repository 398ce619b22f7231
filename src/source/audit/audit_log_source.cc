#include "src/source/audit/audit_log_source.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pidigree {
namespace {

constexpr size_t kEventsAtEnd = 256;  // told at a time: no more than a chunk holds

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

AuditLogSource::AuditLogSource(LogInput& input, const AssemblerLimits& limits, size_t slots)
    : input_(input), limits_(limits), read_ahead_(slots > 0), slots_(std::max<size_t>(slots, 1)) {}

bool AuditLogSource::Read(size_t index) {
  Slot& slot = slots_[index];
  if (read_all_) {
    slot.kind = Kind::kEnd;
    return !ended_;
  }
  switch (input_.Read(slot.chunk)) {
    case LogInput::Outcome::kChunk:
      slot.kind = Kind::kChunk;
      break;
    case LogInput::Outcome::kIdle:
      slot.kind = Kind::kIdle;
      break;
    case LogInput::Outcome::kEnd:
      slot.kind = Kind::kEnd;
      read_all_ = true;
      break;
  }
  return true;
}

void AuditLogSource::Parse(size_t index) {
  Slot& slot = slots_[index];
  if (slot.kind != Kind::kChunk) return;
  slot.parsed = parsed_chunks_.Get(slot.chunk.text.size());
  ParseChunk(slot.chunk, *slot.parsed);
  slot.chunk = LogChunk();
}

Result<size_t> AuditLogSource::Poll(std::chrono::milliseconds, size_t, FactConsumer& consumer) {
  if (!assembler_) assembler_ = std::make_unique<EventAssembler>(consumer, limits_);
  if (!read_ahead_) {
    if (!Read(0)) return 0;
    Parse(0);
  }
  Slot& slot = slots_[std::exchange(next_, (next_ + 1) % slots_.size())];
  switch (slot.kind) {
    case Kind::kChunk:
      NoteRecords(*slot.parsed);
      assembler_->Add(std::move(slot.parsed));
      break;
    case Kind::kIdle:
      assembler_->FlushIdle(NowMs());
      break;
    case Kind::kEnd:
      if (assembler_->Finish(kEventsAtEnd)) ended_ = true;
      break;
  }
  const uint64_t facts = statistics().facts;
  return facts - facts_.exchange(facts);
}

void AuditLogSource::NoteRecords(const ParsedChunk& chunk) {
  const LogFile* file = chunk.chunk.file.get();
  const auto& counts = chunk.records;
  if (file == with_records_ || std::accumulate(counts.begin(), counts.end(), 0u) == 0) return;
  with_records_ = file;
  have_records_.insert(file);
}

std::vector<std::string> AuditLogSource::InputsWithoutRecords() const {
  std::vector<std::string> names;
  for (const auto& file : input_.files())
    if (!have_records_.contains(file.get())) names.push_back(file->name);
  return names;
}

SourceStatus AuditLogSource::Status() const {
  SourceStatus status;
  status.facts = facts_;
  return status;
}

}  // namespace pidigree
