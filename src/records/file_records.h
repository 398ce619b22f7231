#pragma once

#include <string>

#include "schema/events.h"
#include "src/enrich/file_hash.h"
#include "src/enrich/file_lookup.h"
#include "src/event/file_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// Writes what happens to files.
class FileRecords {
 public:
  FileRecords(RecordWriter& records, std::string proc_path)
      : records_(records), lookup_(std::move(proc_path)) {}

  // Of the values of attributes.
  void SetHashKinds(HashKinds kinds) { hash_kinds_ = kinds; }
  void BeginBatch() { lookup_.Forget(); }

  void Write(const FileFact& event, const Actor& actor);

  uint64_t unresolved_paths() const { return lookup_.unresolved(); }
  // Files that may have been made executable, and were gone before they could be looked at.
  uint64_t unseen_executables() const { return unseen_executables_; }
  // Deleted files of which nobody knows whether they were executable.
  uint64_t unread_deletions() const { return unread_deletions_; }

 private:
  // What is known of the file beyond the fact.
  struct Change {
    const FileFact& event;
    const Actor& actor;
    std::string_view path;  // raw
    FileIdentity identity;
    uint32_t mode;
    int64_t birth_ns;
  };

  Change ChangeOf(const FileFact& event, const Actor& actor);

  void WriteCreate(const Change& change);
  template <const EventType& kType>
  void WriteDelete(MadeOf<kType> of, const Change& change);
  void WriteTimes(const Change& change);
  void WriteAttribute(const Change& change);
  void WriteDevice(const Change& change);
  void WriteExecutable(MadeOf<kFileExecutableDetected> of, const Change& change);

  RecordWriter& records_;
  FileLookup lookup_;
  HashKinds hash_kinds_;
  std::string name_;  // scratch
  uint64_t unseen_executables_ = 0;
  uint64_t unread_deletions_ = 0;
};

}  // namespace pidigree
