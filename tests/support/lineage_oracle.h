#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/serialize/event_reader.h"
#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"

namespace pidigree {

// What can be wrong about the process or the parent of an exec.
enum class LineageFault : uint8_t {
  kWrongParent,  // neither who called fork nor whom ppid= meant
  kAdopter,      // whom ppid= meant, who only adopted it: no error where the log does not tell more
  kNoParent,     // zeros, though the log names one
  kSharedGuid,   // a GUID of two processes
  kSplit,        // a process with two GUIDs
};

// What was made of a log, measured by the truth.
struct LineageVerdict {
  // What is wrong, each with the event and the truth. Empty: nothing. With kExecOnly rules identity
  // and parents are only inferred: they are counted below, and are no errors.
  std::vector<std::string> errors;

  // How many execs have each LineageFault, where identity and parents are not inferred.
  std::array<uint64_t, 5> faults = {};

  uint64_t execs = 0;          // in the log
  uint64_t told_apart = 0;     // of them: given to the right process
  uint64_t right_parents = 0;  // of them: with the process that ppid= meant, then or at first sight
  uint64_t present_parents = 0;    // of them: with the process that ppid= meant then
  uint64_t orphans = 0;            // of them: by a process that lost its parent
  uint64_t fork_only_parents = 0;  // of them: whose ppid= means a process that never called exec
  uint64_t missing_ends = 0;  // processes whose end the log does not tell for certain, left open
};

// Checks the events that were made of `log` against the truth.
//
// Processes are recognised by the token in the command line of each exec; one that never called
// exec by its number, the time of its fork and the part of the output that mentions it. GUIDs and
// numbers in `events` are never trusted.
LineageVerdict CheckLineage(const History& history, const AuditLog& log, const LogStyle& style,
                            std::span<const LoggedEvent> events);

// What the events should say. Text as any strict reader of XML 1.0 would see it: bytes that are not
// UTF-8 and forbidden characters replaced.
std::string ExpectedText(std::string_view bytes);
std::string ExpectedCommandLine(const TrueImage& image);
std::string ExpectedUser(uint32_t uid, LogForm form);
std::string ExpectedUtcTime(int64_t ms);

// The process that the log lets one know as the parent of `process`, -1 for none: who called fork
// if that call's record tells, else whom ppid= meant at its first record.
int32_t KnownParent(const History& history, const AuditLog& log, int32_t process);

// The fork record of `process` is in the log and holds its number.
bool ForkIsKnown(const History& history, const AuditLog& log, int32_t process);

// The lines of the log that name `pid`, at most `limit` of them, around the first one that holds
// `near`.
std::string Excerpt(std::string_view log, uint32_t pid, std::string_view near, size_t limit);

}  // namespace pidigree
