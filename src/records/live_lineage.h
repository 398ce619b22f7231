#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/enrich/name_service.h"
#include "src/event/fact_consumer.h"
#include "src/event/process_mute.h"
#include "src/records/event_batch.h"
#include "src/records/rate_bound.h"
#include "src/records/record_counts.h"
#include "src/records/record_policy.h"

namespace pidigree {

struct LiveLineageOptions {
  uint32_t machine = 0;  // M and B of GUIDs: src/enrich/host_identity.h
  uint32_t boot = 0;
  std::string computer;  // valid text
  std::string proc_path = "/proc";
  std::string passwd_path = "/etc/passwd";
  std::string services_path = "/etc/services";
  uint32_t own_pid = 0;  // of the agent; what it does itself in order to watch is not told
  // For the texts of the table (images, command lines, directories, users). Above it command lines
  // are kept short.
  size_t max_text_bytes = size_t{8} << 20;
  EventRates rates = {};  // --max-rate; of no event that tells of the lives of processes
};

// All since the start, but for the last three.
struct LiveLineageStatistics : RecordCounts {
  uint64_t forks = 0;  // facts
  uint64_t execs = 0;
  uint64_t exits = 0;
  uint64_t activities = 0;           // of other kinds
  uint64_t double_facts = 0;         // seen by the snapshot, too, or twice
  uint64_t unknown_processes = 0;    // met in a fact without their fork or the snapshot telling
  uint64_t missed_ends = 0;          // ended without an exit fact; noticed later
  uint64_t guessed_parents = 0;      // pid 1 stands for a parent that nothing tells
  uint64_t present_parents = 0;      // running before the start: perhaps adopted since their fork
  uint64_t saved_parents = 0;        // running before the start: kept from the saved table
  uint64_t ended_while_stopped = 0;  // in the saved table, not running any more at the start
  uint64_t guid_collisions = 0;      // start ticks moved on, since the PID had the tick already
  uint64_t command_lines_cut = 0;    // kept shorter than they are, for later use
  uint64_t unresolved_paths = 0;     // of files, with links left in them
  uint64_t unseen_executables = 0;   // gone before anybody could tell that they were files
  uint64_t late_user_names = 0;      // printed as a number since no answer came in time
  uint64_t late_host_names = 0;      // not told since no answer came in time
  uint64_t replies_unread = 0;       // of DNS servers: corrupt, or parts of them did not come
  uint64_t replies_cut = 0;          // of DNS servers: told as far as they could be read
  uint64_t unread_deletions = 0;     // of files whose start is not known
  uint64_t exchanges_forgotten = 0;  // of datagrams: perhaps told again

  uint64_t live_processes = 0;
  uint64_t ended_processes = 0;  // still known, for late facts
  uint64_t table_bytes = 0;
};

// Builds processes, their identity and their parents from what the running kernel tells, and writes
// the records (ProcessCreate, ProcessTerminate, announcements) that they amount to; see
// docs/lineage.md.
//
// One thread, the collector's. A session is: Load() if there is a saved table, BeginBatch(),
// BeginSnapshot(), the tasks, EndSnapshot(), then facts in batches; at a clean stop Save().
class LiveLineage final : public FactConsumer {
 public:
  // To be made before the source attaches, so that no fact is older. `clock` must outlive the
  // lineage. `users`: null if nobody is to be asked for users that passwd does not have; else must
  // outlive the lineage. `hosts`: likewise for the names of addresses.
  LiveLineage(LiveLineageOptions options, const Clock& clock, UserNameService* users,
              HostNameService* hosts = nullptr);
  ~LiveLineage() override;

  // Of what is written from the next batch on; the default to begin with. Processes have to be
  // announced anew when they are named again.
  void SetPolicy(const RecordPolicy& policy);

  // What the kernel's side is told about processes that the rules keep nothing of; null: nothing.
  // Must outlive its use.
  void SetMute(ProcessMute* mute);
  // Before other rules count: has the kernel tell everything, until SetPolicy(). What it did not
  // tell before was for the rules in force to drop, so they also have to decide about all facts up
  // to now.
  void StopMuting();
  // Boot time of the latest fact.
  uint64_t latest_fact_ns() const;
  // `boot_ns` in UTC as the clock stands; not before what was told of facts last, unless the clock
  // was set back since.
  UtcTime Told(uint64_t boot_ns);

  // Records go to `batch`, which is empty, until the next call. Must be called before any fact and
  // any snapshot.
  void BeginBatch(EventBatch& batch);
  // Takes back what a batch holds and clears it; the batch may be used again. All batches must be
  // recycled before the lineage ends.
  void Recycle(EventBatch& batch);

  // Around the facts of a snapshot. A later snapshot heals what lost facts left in the table: of a
  // whole one, processes that it did not bring have ended.
  void BeginSnapshot();
  void EndSnapshot(bool whole = true);

  void Apply(const TaskFact& task) override;
  void Apply(const ForkFact& fork) override;
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override;
  void Apply(const FileFact& event) override;
  void Apply(const FlowFact& flow) override;
  void Apply(const PipeFact& event) override;
  void Apply(const DnsFact& dns) override;
  void Apply(const AccessFact& access) override;
  void Apply(const ImageFact& image) override;
  void Apply(const ModuleFact& module) override;
  void Apply(const BpfProgramFact& program) override;

  // The live processes as bytes that Load() reads (src/lineage/saved_table.h).
  std::string Save() const;
  // Before the first snapshot, which then keeps what is said here of processes that still run:
  // GUIDs, parents. The bytes need not be trusted.
  //
  // Errors: kCorrupt if Save() did not write them; kUnsupported if another version of it did, or on
  // another boot. Nothing is changed then.
  Result<> Load(std::string_view saved);

  LiveLineageStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pidigree
