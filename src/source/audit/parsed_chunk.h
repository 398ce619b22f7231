#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/event/process_fact.h"
#include "src/source/audit/log_chunk.h"
#include "src/source/audit/syscall_table.h"

namespace pidigree {

// What a record is to us. Statistics count records by it.
enum class RecordKind : uint8_t {
  kSyscall,    // SYSCALL
  kExecve,     // EXECVE
  kCwd,        // CWD
  kPath,       // PATH
  kProctitle,  // PROCTITLE
  kObjPid,     // OBJ_PID
  kEoe,        // EOE
  kAbend,      // ANOM_ABEND
  kSubject,    // other records that name the acting process by pid=: LOGIN, SECCOMP, USER_*, ...
  kDaemon,     // DAEMON_*: written by auditd itself, with serials of its own
  kOther,      // known types that say nothing about a process
  kUnknown,    // types not in the table
};
constexpr size_t kRecordKinds = static_cast<size_t>(RecordKind::kUnknown) + 1;

// Records that tell something about the host's boot.
enum class BootMark : uint8_t {
  kNone,
  kDaemonStart,  // DAEMON_START: auditd came up, perhaps because the host did
  kSystemBoot,   // SYSTEM_BOOT: told once in each boot, by init
  kKernelStart,  // KERNEL with state=initialized: the first record that a kernel makes
};

// How far the arguments of an exec have been read. EXECVE records of an event come in order, so a
// position says which arguments are there and which are a repetition.
struct ArgvProgress {
  uint32_t count = 0;           // argc=; 0: no EXECVE record so far
  uint32_t next_argument = 0;   // all before it are in the text
  uint32_t next_part = 0;       // of argument `next_argument`, when that is split: a2[next_part]=
  uint32_t digits_missing = 0;  // hex digits of it still to come, of those that a2_len= promised
  bool broken = false;          // an argument was missing: what follows it is not taken
  bool cut = false;             // the text reached its limit
};

// What consecutive lines of one chunk say about one event: all of it, as a rule. The views of
// `fact` point into the chunk's text or into ParsedChunk::arena.
struct EventFragment {
  ProcessFact fact;  // node is not set; kFork only

  // Identity of the event, together with fact.serial and fact.time_ms.
  std::string_view node_name;  // of node=; empty: none

  // From the SYSCALL record.
  SyscallKind syscall = SyscallKind::kOther;
  bool has_syscall = false;
  bool returned_success = false;  // success=yes
  bool unknown_arch = false;
  int64_t exit = 0;
  uint64_t args[3] = {};  // a0, a1, a2

  bool has_abend = false;
  bool has_subject = false;  // a record names a process by pid=
  BootMark boot_mark = BootMark::kNone;
  bool is_daemon = false;  // serial and stamp are auditd's own

  ArgvProgress argv;
  uint32_t first_obj_pid = 0;     // OBJ_PID records: ParsedChunk::obj_pids[first_obj_pid,
  uint32_t obj_pid_count = 0;     //   first_obj_pid + obj_pid_count)
  std::string_view deleted_path;  // name= of a PATH record that ends in " (deleted)"

  uint32_t line_offset = 0;  // of the first record's line in the chunk's text
  uint32_t duplicates = 0;   // records that repeated one seen before

  // Where the assembler keeps its own state of the event.
  EventFragment* next = nullptr;
  struct ParsedChunk* home = nullptr;
};

// A line that is no audit record.
struct MalformedLine {
  uint32_t line = 0;      // within the chunk, from 0
  std::string_view text;  // its first bytes, at most kQuotedBytes, raw
  static constexpr size_t kQuotedBytes = 120;
};

// The result of parsing one chunk. Reusable: parsing again into it keeps its memory.
// Not thread-safe, and not movable, since fragments point to it.
struct ParsedChunk {
  static constexpr size_t kMaxMalformed = 5;  // quoted lines

  ParsedChunk() = default;
  ParsedChunk(const ParsedChunk&) = delete;
  ParsedChunk& operator=(const ParsedChunk&) = delete;

  // Forgets the content and lets go of the chunk's buffer.
  void Clear();

  LogChunk chunk;
  std::vector<EventFragment> fragments;  // in the order of their first lines
  std::vector<uint32_t> obj_pids;
  uint32_t lines = 0;
  std::array<uint32_t, kRecordKinds> records{};
  uint32_t malformed = 0;
  uint32_t unknown_arch = 0;  // SYSCALL records of an architecture without a system call table
  std::array<MalformedLine, kMaxMalformed> malformed_lines;  // the first of them

  // Decoded strings and joined arguments. They are never longer than the text that they come from,
  // so that one block of the chunk's size holds them all.
  std::unique_ptr<char[]> arena;
  size_t arena_capacity = 0;

  uint32_t pending = 0;  // the assembler's: fragments not yet released
};

// Splits `chunk` into lines and reads the records. Keeps a reference to the chunk in `out`.
//
// Lines: "type=NAME msg=audit(SECONDS.MILLIS:SERIAL): FIELDS", optionally after "node=NAME ", also
// with type=UNKNOWN[NUMBER]; the kernel log's "audit: type=NUMBER audit(...): FIELDS" after any
// prefix; fields that auditd added (log_format = ENRICHED) after a 0x1D byte. Everything else but
// an empty line is malformed and counted. Strings follow the kernel's rule: in double quotes they
// stand as they are, without they are hexadecimal digits.
//
// Thread-safe: touches nothing but `out`.
// Source: kernel/audit.c, kernel/auditsc.c; auditd's lib/msg_typetab.h for names of types.
void ParseChunk(const LogChunk& chunk, ParsedChunk& out);

}  // namespace pidigree
