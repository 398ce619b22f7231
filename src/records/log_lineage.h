#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "src/enrich/user_names.h"
#include "src/event/fact_consumer.h"
#include "src/event/record_filter.h"
#include "src/records/event_batch.h"
#include "src/records/record_counts.h"

namespace pidigree {

struct LogLineageOptions {
  // Host name for records without node=. Empty: see `own_logs`.
  std::string node_name;
  // The log is this machine's own: its machine-id and its name.
  bool own_logs = false;
  // Names of uids for records that do not name them themselves.
  PasswdNames users;
  // Only records created in [since, until) are written; all facts build lineage.
  std::optional<UtcTime> since;
  std::optional<UtcTime> until;
  // For the process table and everything it keeps. What a host takes beside comes on top: about 100
  // bytes.
  size_t max_table_bytes = size_t{200} << 20;
  // Null: everything is written.
  std::shared_ptr<const RecordFilter> filter;
};

struct LogLineageStatistics : RecordCounts {
  uint64_t inferred_new = 0;  // a used PID taken for a new process without a fork or exit record
  uint64_t inferred_same =
      0;  // ... taken for the same process although its PID may have come round
  uint64_t inferred_parents = 0;  // parents known only from ppid=
  uint64_t silent_ends = 0;     // processes whose end no record tells; seen when the PID was reused
  uint64_t open_ends = 0;       // processes that may live on after the log's last record
  uint64_t undecided_ends = 0;  // of those: an exit(2) or wait4(2) that leaves it undecided
  uint64_t guid_ticks_moved = 0;    // start ticks that had to differ from the record's stamp
  uint64_t evicted = 0;             // processes forgotten to stay within max_table_bytes
  uint64_t namespaces_unknown = 0;  // PID namespaces not told from others, likewise
  uint64_t candidates_dropped = 0;  // clone results forgotten before any record named them
  uint64_t command_lines_cut = 0;   // kept at 4 KiB for later use as parent's command line
  uint64_t incomplete_execs = 0;    // EXECVE records missing
  uint64_t bad_pids = 0;            // facts with a number that no kernel gives to a process
};

// Builds processes, their identity and their parents from the facts of audit logs, and writes the
// records (ProcessCreate, ProcessTerminate) that they amount to.
//
// With fork and exit records everything is exact; with execve records alone it is inferred from the
// order in which the kernel hands out PIDs. See docs/lineage.md.
//
// One thread at a time (the serial stage). Facts come through FactConsumer; records leave through
// the batch given to BeginBatch().
class LogLineage : public FactConsumer {
 public:
  explicit LogLineage(LogLineageOptions options);
  ~LogLineage() override;

  // Records go to `batch` until the next call. Must be called before the first fact.
  void BeginBatch(EventBatch& batch);
  // Takes back what a batch holds and clears it; the batch may be used again.
  void Recycle(EventBatch& batch);

  void Foresee(const ForkFact& fork) override;
  void Apply(const ForkFact& fork) override;
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override;
  void Apply(const KillFact& kill) override;
  void Apply(const ReapFact& reap) override;
  void Apply(const NamespacesFact& namespaces) override;
  void Apply(const SightingFact& sighting) override;
  void Reboot(uint32_t host) override;
  void NewHost(uint32_t host, std::string_view name, std::string_view first_record) override;

  // After the last fact: counts what the log leaves open.
  void Finish();

  // What could not be found out about the hosts, one line each, for the user.
  const std::vector<std::string>& warnings() const;
  const LogLineageStatistics& statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pidigree
