#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace pidigree {

// What collectors and tools make of audit records, and the records in auditd's own form again, a
// line each, with kSameLine before all but the first of an entry. Whatever a record holds, it stays
// one line. `lines` are those of an entry, none yet.

// An entry of systemd's journal, as far as it matters here. Programs cannot choose these fields,
// but for `message`.
struct JournalEntry {
  std::string transport;  // _TRANSPORT
  std::string audit_id;   // _AUDIT_ID: the serial
  std::string time_us;    // _SOURCE_REALTIME_TIMESTAMP: of the event
  std::string uid;        // _UID
  std::string host;       // _HOSTNAME
  std::string message;    // MESSAGE
};

// Appends the record that `entry` is: one of journald's own audit transport, one that the kernel
// printed, or one that root had logged, as auditd's syslog plugin does. False: it is none.
bool AppendRecord(const JournalEntry& entry, std::string& lines);

// Reads lines of JSON, one after the other in the same memory.
class JsonRecords {
 public:
  // Appends the records that a line holds: an entry of the journal (journalctl -o json); an event
  // of laurel or go-audit; else a record within one of the strings in which shippers keep the line
  // that they read (message, log, event.original and the like), whose host is the shipper's where
  // the line names none. False: it holds none.
  bool Append(std::string_view json, std::string& lines);

 private:
  static constexpr size_t kValuesBytes = 64 * 1024;  // more is allocated for a line that needs it

  std::string line_;  // its strings are decoded where they stand
  std::unique_ptr<char[]> values_ = std::make_unique<char[]>(kValuesBytes);
};

}  // namespace pidigree
