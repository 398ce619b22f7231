#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/enrich/process.h"
#include "src/enrich/process_table.h"
#include "src/enrich/record_counts.h"
#include "src/event/record_batch.h"
#include "src/event/record_filter.h"

namespace pidigree {

// What the records of one host share.
struct RecordHost {
  uint32_t machine = 0;  // M of its GUIDs
  std::string computer;
};

// Writes ProcessCreate and ProcessTerminate to the current batch, each ancestor before its
// descendants: a record that passed the filter first announces every process above its own that has
// not been offered to the filter yet.
class ProcessRecords {
 public:
  struct Options {
    std::optional<UtcTime> since;
    std::optional<UtcTime> until;
    const RecordFilter* filter = nullptr;
  };

  ProcessRecords(ProcessTable& table, Options options) : table_(table), options_(options) {}

  void BeginBatch(RecordBatch& batch) { batch_ = &batch; }

  // `process` replaced its program at `time`. `command_line` is the whole one where the table's is
  // cut; empty otherwise.
  void Exec(Process& process, const RecordHost& host, int64_t time_ms,
            std::string_view command_line);
  // `process` ended at `end_ms`; the record at `time_ms` tells.
  void Terminate(Process& process, const RecordHost& host, int64_t end_ms, int64_t time_ms);
  // Announces `process` and its ancestors as far as they were not.
  void Announce(Process& process, const RecordHost& host, int64_t time_ms);

  const RecordCounts& counts() const { return counts_; }

 private:
  bool InRange(int64_t time_ms) const;
  Record MakeCreate(Process& process, const RecordHost& host, int64_t utc_ms, int64_t time_ms,
                    std::string_view description, std::string_view command_line);
  // False: the filter dropped it.
  bool Offer(Record& record);
  void AnnounceAncestors(Process& process, const RecordHost& host, int64_t time_ms);
  void Write(Record& record, const Process& process);

  ProcessTable& table_;
  Options options_;
  RecordBatch* batch_ = nullptr;
  uint32_t next_record_id_ = 1;
  std::vector<Process*> chain_;  // scratch
  RecordCounts counts_;
};

}  // namespace pidigree
