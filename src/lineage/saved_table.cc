#include "src/lineage/saved_table.h"

#include <algorithm>
#include <concepts>
#include <optional>
#include <type_traits>

#include "src/base/valid_text.h"

namespace pidigree {
namespace {

constexpr std::string_view kMark = "PIDIGREE";
constexpr uint32_t kVersion = 1;
constexpr size_t kProcessBytes = 6 * sizeof(uint64_t) + 9 * sizeof(uint32_t) + 1;

// FNV-1a: tells a torn or damaged file.
uint64_t Checksum(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

template <std::integral T>
void Put(T value, std::string& out) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(bits >> (8 * i)));
}

// Takes values off the front of bytes; once something is missing, all that follows is zero.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Take(size_t size) {
    if (size > rest_.size()) {
      complete_ = false;
      return rest_ = {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <std::integral T>
  T Get() {
    uint64_t value = 0;
    const std::string_view bytes = Take(sizeof(T));
    for (size_t i = 0; i < bytes.size(); ++i)
      value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return static_cast<T>(value);
  }

  bool complete() const { return complete_; }
  size_t size() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool complete_ = true;
};

// Calls `visit` with the numbers of a process in their order.
template <typename Process, typename Visit>
void VisitNumbers(Process& process, Visit visit) {
  visit(process.guid.high, process.guid.low, process.parent_guid.high, process.parent_guid.low,
        process.start_ns, process.start_utc_ns, process.parent_pid, process.uid, process.auid,
        process.session, process.program, process.user, process.parent_program, process.parent_user,
        process.mount_namespace);
}

void PutProcess(const SavedTable::Process& process, std::string& out) {
  VisitNumbers(process, [&](const auto&... numbers) { (Put(numbers, out), ...); });
  Put(static_cast<uint8_t>(process.offered), out);
}

// nullopt: not what PutProcess() writes.
std::optional<SavedTable::Process> GetProcess(Reader& reader) {
  SavedTable::Process process;
  VisitNumbers(process, [&](auto&... numbers) {
    ((numbers = reader.Get<std::remove_reference_t<decltype(numbers)>>()), ...);
  });
  const auto offered = reader.Get<uint8_t>();
  if (offered > 1) return std::nullopt;
  process.offered = offered == 1;
  return process;
}

bool IsValidText(std::string_view text, std::string& scratch) {
  return ValidText(text, scratch) == text;
}

bool IsConsistent(const SavedTable& table) {
  std::vector<Guid> guids;
  for (const SavedTable::Process& process : table.processes) {
    if (process.guid.machine() != table.machine || process.guid.boot() != table.boot ||
        process.guid.pid() == 0)
      return false;
    for (const uint32_t text :
         {process.program, process.user, process.parent_program, process.parent_user})
      if (text != SavedTable::kNoText && text >= table.texts.size()) return false;
    guids.push_back(process.guid);
  }
  std::sort(guids.begin(), guids.end());
  return std::adjacent_find(guids.begin(), guids.end()) == guids.end();
}

}  // namespace

std::string EncodeSavedTable(const SavedTable& table) {
  std::string out(kMark);
  Put(kVersion, out);
  Put(table.machine, out);
  Put(table.boot, out);
  Put(static_cast<uint32_t>(table.texts.size()), out);
  Put(static_cast<uint32_t>(table.processes.size()), out);
  for (const SavedTable::Text& text : table.texts) {
    for (const std::string_view part : text) {
      Put(static_cast<uint32_t>(part.size()), out);
      out += part;
    }
  }
  for (const SavedTable::Process& process : table.processes) PutProcess(process, out);
  Put(Checksum(out), out);
  return out;
}

Result<SavedTable> DecodeSavedTable(std::string_view bytes) {
  if (!bytes.starts_with(kMark)) return Fail(ErrorCode::kCorrupt, "not a saved process table");
  Reader reader(bytes.substr(kMark.size()));
  if (const auto version = reader.Get<uint32_t>(); version != kVersion)
    return Fail(ErrorCode::kUnsupported, "the saved process table has version " +
                                             std::to_string(version) + ", not " +
                                             std::to_string(kVersion));
  SavedTable table;
  table.machine = reader.Get<uint32_t>();
  table.boot = reader.Get<uint32_t>();
  const auto texts = reader.Get<uint32_t>();
  const auto processes = reader.Get<uint32_t>();
  const auto damaged = [] {
    return Fail(ErrorCode::kCorrupt, "the saved process table is damaged");
  };
  std::string scratch;
  // Nothing is reserved by what the counts claim: each text takes bytes.
  for (uint32_t i = 0; i < texts && reader.complete(); ++i) {
    SavedTable::Text& text = table.texts.emplace_back();
    for (std::string_view& part : text) {
      part = reader.Take(reader.Get<uint32_t>());
      if (!IsValidText(part, scratch)) return damaged();
    }
  }
  if (!reader.complete() || reader.size() != uint64_t{processes} * kProcessBytes + sizeof(uint64_t))
    return damaged();
  for (uint32_t i = 0; i < processes; ++i) {
    const std::optional<SavedTable::Process> process = GetProcess(reader);
    if (!process) return damaged();
    table.processes.push_back(*process);
  }
  const size_t summed = bytes.size() - sizeof(uint64_t);
  if (reader.Get<uint64_t>() != Checksum(bytes.substr(0, summed)) || !IsConsistent(table))
    return damaged();
  return table;
}

}  // namespace pidigree
