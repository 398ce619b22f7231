#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/enrich/live_users.h"
#include "src/enrich/name_service.h"
#include "src/enrich/proc_program.h"
#include "src/event/process_mute.h"
#include "src/lineage/life_writer.h"
#include "src/lineage/lineage.h"
#include "src/lineage/live_mutes.h"
#include "src/lineage/live_table.h"
#include "src/lineage/program_texts.h"

namespace pidigree {

struct LiveLineageOptions {
  uint32_t machine = 0;  // M and B of GUIDs: src/enrich/host_identity.h
  uint32_t boot = 0;
  std::string computer;  // valid text
  std::string proc_path = "/proc";
  std::string passwd_path = "/etc/passwd";
  // For the texts of the table (images, command lines, directories, users). Above it command lines
  // are kept short.
  size_t max_text_bytes = size_t{8} << 20;
};

// Processes, their identity and their parents from what the running kernel tells; see
// docs/lineage.md.
//
// One thread, the collector's. A session is: Load() if there is a saved table, BeginBatch(),
// BeginSnapshot(), the tasks, EndSnapshot(), then facts in batches; at a clean stop Save().
class LiveLineage final : public Lineage {
 public:
  // To be made before the source attaches, so that no fact is older. `clock` and `records` must
  // outlive the lineage. `users`: null if nobody is to be asked for users that passwd does not
  // have; else must outlive the lineage.
  LiveLineage(LiveLineageOptions options, const Clock& clock, UserNameService* users,
              LifeWriter& records);

  void SetFilter(const std::shared_ptr<const RecordFilter>& filter, bool names_hashes) override {
    mutes_.SetFilter(filter, names_hashes);
  }
  // What the kernel's side is told about processes that the rules keep nothing of; null: nothing.
  // Must outlive its use.
  void SetMute(ProcessMute* mute) { mutes_.SetMute(mute); }
  // Before other rules count: has the kernel tell everything, until SetFilter(). What it did not
  // tell before was for the rules in force to drop, so they also have to decide about all facts up
  // to now.
  void StopMuting() { mutes_.Stop(); }

  // Boot time of the latest fact.
  uint64_t latest_fact_ns() const { return latest_fact_ns_; }
  // `boot_ns` in UTC as the clock stands; not before what was told of facts last, unless the clock
  // was set back since.
  UtcTime Told(uint64_t boot_ns);

  void BeginBatch() override;

  // Around the facts of a snapshot. A later snapshot heals what lost facts left in the table: of a
  // whole one, processes that it did not bring have ended.
  void BeginSnapshot();
  void EndSnapshot(bool whole = true);

  using Lineage::Apply;
  void Apply(const TaskFact& task) override;
  void Apply(const ForkFact& fork) override;
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override;
  Actor Meet(const Subject& subject) override;
  UtcTime When(const Subject& subject) override;
  void NothingWritten(const Actor& actor, const Subject& subject) override;

  // The live processes as bytes that Load() reads (src/lineage/saved_table.h).
  std::string Save() const;
  // Before the first snapshot, which then keeps what is said here of processes that still run:
  // GUIDs, parents. The bytes need not be trusted.
  //
  // Errors: kCorrupt if Save() did not write them; kUnsupported if another version of it did, or on
  // another boot. Nothing is changed then.
  Result<> Load(std::string_view saved);

  void Count(Counters& counters) const override;

 private:
  static constexpr uint64_t kNoTime = std::numeric_limits<uint64_t>::max();

  // Looks at what changes outside of facts: the clocks, the users.
  void LookAround();
  bool in_snapshot() const { return snapshot_end_ns_ == kNoTime; }

  LiveEntry& Create(const ProcessKey& process);
  // What a fact tells of a process that nothing told of before.
  struct Hint {
    ProcessIds ids = {};
    ProcessKey parent = {};
    std::string_view comm = {};
    KernelPath image = {};
    bool kernel_thread = false;
  };
  LiveEntry& Learn(const ProcessKey& process, const Hint& hint);
  // The process that `process` is, made if it is not known; null for {0, 0}.
  LiveEntry* ParentFor(const ProcessKey& process, const Hint& hint);
  LiveEntry* GuessParent(const LiveEntry& child, uint32_t ppid);
  void GiveParent(LiveEntry& child, LiveEntry& parent, uint32_t parent_uid);
  void SetIds(LiveEntry& entry, const ProcessIds& ids);
  // Takes over the reference.
  void SetProgram(LiveEntry& entry, SharedText* program) {
    mutes_.Forget(entry);
    Replace(entry.program, program);
  }
  void Replace(SharedText*& old, SharedText* text) {
    texts_.Release(old);
    old = text;
  }
  uint32_t ReadProgram(LiveEntry& entry, bool& known);
  SharedText* ProgramAtFork(const ForkFact& fork, LiveEntry* parent);

  // `uid`: its real one at the end; kUnset: not known.
  void End(LiveEntry& entry, uint32_t uid, UtcTime time);
  void EndUntold(LiveEntry& entry);
  void EndUnseen();

  const LiveLineageOptions options_;
  const Clock& clock_;
  LifeWriter& records_;
  SharedTextPool& texts_;
  Counters& counters_;
  LiveTable table_;
  ProgramTexts programs_;
  LiveUsers users_;
  LiveMutes mutes_;

  uint64_t looked_ns_ = 0;
  int64_t boot_to_utc_ns_ = 0;
  int64_t last_told_ns_ = std::numeric_limits<int64_t>::min();
  uint64_t latest_fact_ns_;
  uint32_t home_ = 0;  // the initial mount namespace

  uint32_t snapshot_ = 0;
  uint64_t snapshot_begin_ns_ = 0;
  uint64_t snapshot_end_ns_ = 0;
  bool unseen_to_end_ = false;  // what the last snapshot did not see, once facts of later come
  std::vector<std::pair<LiveEntry*, ProcessKey>> links_;  // of the snapshot: present parents
  ProcProgram proc_program_;                              // scratch
};

}  // namespace pidigree
