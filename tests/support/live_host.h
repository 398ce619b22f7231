#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/event_schema.h"
#include "src/base/clock.h"
#include "src/event/value_text.h"
#include "src/records/live_engine.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// A record as it would be printed, by field.
struct TextRecord {
  uint16_t id = 0;
  int64_t time_created_ns = 0;
  std::string computer;
  std::map<std::string, std::string, std::less<>> fields;

  const std::string& operator[](std::string_view name) const { return fields.find(name)->second; }
};

inline TextRecord ToText(const Record& record) {
  TextRecord text{record.type->id, record.time_created.ns, std::string(record.computer), {}};
  for (size_t i = 0; i < record.values.size(); ++i) {
    char buffer[kValueTextSize];
    const Field& field = record.type->fields[i];
    text.fields.emplace(field.name, FormatValue(record.values[i], field.type, buffer));
  }
  return text;
}

class FixedClock final : public Clock {
 public:
  uint64_t BootNs() const override { return boot_ns; }
  int64_t BootToUtcNs() const override { return boot_to_utc_ns; }

  uint64_t boot_ns = 0;
  int64_t boot_to_utc_ns = 0;
};

// Keeps what a function says.
class FunctionFilter final : public RecordFilter {
 public:
  using Keep = std::function<bool(const TextRecord&)>;
  explicit FunctionFilter(Keep keep) : keep_(std::move(keep)) {}
  bool Include(Record& record) const override { return keep_(ToText(record)); }

 private:
  Keep keep_;
};

// A host with /proc and /etc/passwd of its own, whose lineage takes facts and gives records as
// text. Users: root 0, alice 1000.
class LiveHost {
 public:
  static constexpr uint32_t kMachine = 0x11223344;
  static constexpr uint32_t kBoot = 0xaabbccdd;
  static constexpr uint64_t kStartNs = 1'000'000'000'000;  // when the lineage starts, since boot
  // 2026-11-23 16:59:04 UTC is kStartNs.
  static constexpr int64_t kBootUtcNs = 1'795'453'144'000'000'000 - int64_t{kStartNs};

  // A process as a snapshot and /proc tell of it.
  struct Running {
    ProcessKey process;
    ProcessKey parent = {};
    std::string image = {};  // empty: a kernel thread
    std::string arguments = {};
    std::string comm = "comm";
    ProcessIds ids = {.uid = 0, .euid = 0};
  };

  explicit LiveHost(UserNameService* users = nullptr, size_t max_text_bytes = size_t{8} << 20,
                    const EventRates& rates = {}, HostNameService* hosts = nullptr);
  ~LiveHost();

  // Starts another run of the program, with what Save() gave or nothing. It keeps the policy.
  void Restart(const std::optional<std::string>& saved);
  void SetFilter(FunctionFilter::Keep keep);
  // Has `policy` count from the next batch on.
  void ApplyPolicy();

  // /proc then knows these alone.
  void Snapshot(const std::vector<Running>& running);
  // /proc tells of it from now on.
  void WriteProc(const Running& running);

  // Each fact makes a batch.
  template <typename Fact>
  void Apply(const Fact& fact) {
    live->engine.Apply(fact);
    NextBatch();
  }
  void NextBatch();
  std::vector<TextRecord> TakeRecords() { return std::exchange(records_, {}); }
  // The records that a fact makes, but for announcements.
  template <typename Fact>
  std::vector<TextRecord> Told(const Fact& fact) {
    Apply(fact);
    std::vector<TextRecord> records = TakeRecords();
    std::erase_if(records, [](const TextRecord& record) { return record.id == 1; });
    return records;
  }
  // What the last fact made.
  const std::vector<HashRequest>& hashes() const { return hashes_; }

  TempDir directory;
  FixedClock clock;
  std::unique_ptr<LiveEngine> live;
  RecordPolicy policy;

 private:
  void Start();

  UserNameService* const users_;
  const size_t max_text_bytes_;
  const EventRates rates_;
  HostNameService* const hosts_;
  EventBatch batch_;
  std::vector<TextRecord> records_;
  std::vector<HashRequest> hashes_;
  std::map<uint32_t, std::string> proc_;  // what WriteProc() wrote, by PID
};

// The GUID that anybody can compute of a process of a LiveHost, as text.
std::string GuidText(const ProcessKey& process);

}  // namespace pidigree
