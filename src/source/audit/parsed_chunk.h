#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/event/life_facts.h"
#include "src/event/logged_call.h"
#include "src/source/audit/log_chunk.h"

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
  kOther,      // known types that are of no use here
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

// How far the arguments of an exec have been read. EXECVE records of an event are read in order, so
// a position says which arguments are there and which are a repetition.
struct ArgvProgress {
  bool started = false;          // the first EXECVE record, that with argc= or a0=, is there
  bool broken = false;           // an argument is missing or torn: none behind it is taken
  bool may_go_on = false;        // the last record was full, so that another may belong to it
  uint32_t count = 0;            // argc=; kernels before 2.6.25 do not tell: 0
  uint32_t next_argument = 0;    // all before it are in the text
  uint32_t next_part = 0;        // of that argument, when it is split: a2[next_part]=
  uint32_t part_chars_left = 0;  // characters of it still to come, of those that a2_len= promised

  bool InArgument() const { return next_part > 0 || part_chars_left > 0; }
  bool IsComplete() const { return started && !broken && !InArgument() && next_argument >= count; }
};

struct ParsedChunk;

// What the call of an event did, beside who made it.
struct ParsedCall : LoggedCall {
  ForkResult fork_result = ForkResult::kProcess;
  // kFork: of the child, by the flags of this call; kNamespaces: of all children from now on.
  ChildNamespace child_namespace = ChildNamespace::kSame;
  bool sibling = false;  // kFork: CLONE_PARENT
  // Success of a call that has no name, its architecture being unknown: an exec if there is an
  // EXECVE record.
  bool exec_if_told = false;
  bool complete = true;           // kExec: no record that belongs to the event is missing
  uint32_t other_pid = 0;         // kFork, kReap: the result; kKill: see EventFragment::obj_pids
  uint32_t wait_options = 0;      // kReap: third argument of wait4(2)
  std::string_view command_line;  // kExec: arguments joined by single blanks
};

// A range of one of ParsedChunk's vectors.
struct Slice {
  uint32_t first = 0;
  uint32_t count = 0;
};

// What consecutive lines of one chunk say about one event: all of it, as a rule. The views of
// `call` point into ParsedChunk::arena.
struct EventFragment {
  // But for `host` and what takes several records to know (finished by the assembler): kKill may
  // stand without OBJ_PID records, complete is not set, and exe_is_unlinked only says that `exe`
  // ends in " (deleted)".
  ParsedCall call;

  // Identity of the event, together with call.serial and call.time_ms.
  std::string_view node_name;  // RecordHeader::node, else LogFile::host; empty: none

  bool has_syscall = false;  // a SYSCALL record filled `call`
  bool has_subject = false;  // another record names the process by pid=
  bool has_abend = false;
  bool has_execve = false;
  BootMark boot_mark = BootMark::kNone;
  bool is_daemon = false;  // serial and stamp are auditd's own
  uint16_t kernel = 0;  // of DAEMON_START: 256 times its first number and its second; 0: not told

  // EXECVE records: the first `execves_read` of them are in call.command_line.
  Slice execves;
  uint32_t execves_read = 0;
  ArgvProgress argv;    // of call.command_line
  Slice obj_pids;       // OBJ_PID records
  Slice deleted_paths;  // name= of PATH records that end in " (deleted)"

  uint32_t line_offset = 0;  // of the first record in the chunk's text
  uint32_t duplicates = 0;   // records that repeated one seen before

  // The assembler's: further fragments of the event, their chunk, and a command line that was put
  // together from several fragments.
  EventFragment* next = nullptr;
  EventFragment* last = nullptr;  // of the list that starts here; null: this one
  ParsedChunk* home = nullptr;
  std::unique_ptr<std::string> joined_command_line;
};

// Lines of a chunk that are counted, and the first of which a person will want to see.
struct QuotedLines {
  static constexpr size_t kMaxQuotes = 5;
  static constexpr size_t kQuotedBytes = 120;
  struct Quote {
    uint32_t line = 0;      // of the file, counted from the chunk's first, 1; 0: the one before it
    std::string_view text;  // its first bytes, at most kQuotedBytes, raw
  };

  void Add(uint32_t line, std::string_view text) {
    if (count < kMaxQuotes) first[count] = {line, text.substr(0, kQuotedBytes)};
    ++count;
  }
  std::span<const Quote> quotes() const {
    return {first.data(), std::min<size_t>(count, kMaxQuotes)};
  }

  uint32_t count = 0;
  std::array<Quote, kMaxQuotes> first;
};

// The result of parsing one chunk. Reusable: parsing again into it keeps its memory.
// Not thread-safe, and not movable, since fragments point to it.
struct ParsedChunk {
  ParsedChunk() = default;
  ParsedChunk(const ParsedChunk&) = delete;
  ParsedChunk& operator=(const ParsedChunk&) = delete;

  // Forgets the content and lets go of the chunk's buffer.
  void Clear();
  // Memory that it keeps.
  size_t bytes() const { return arena_capacity + fragments.capacity() * sizeof(EventFragment); }

  LogChunk chunk;
  std::vector<EventFragment> fragments;  // in the order of their first lines
  std::vector<uint32_t> obj_pids;
  std::vector<std::string_view> execves;  // their fields, as far as they may be read again
  std::vector<std::string_view> deleted_paths;
  uint32_t lines = 0;
  std::array<uint32_t, kRecordKinds> records{};
  QuotedLines malformed;      // no audit records
  QuotedLines unknown_types;  // RecordKind::kUnknown
  uint32_t unknown_arch = 0;  // SYSCALL records of an architecture without a system call table

  // Strings and joined arguments, from the front, and EXECVE records, from the end: the events wait
  // for their release without the chunk's text. Strings are never longer than the text that they
  // come from, and no text is copied more than twice.
  std::unique_ptr<char[]> arena;
  size_t arena_capacity = 0;

  // The assembler's: fragments not yet released, and the chunk's number.
  size_t pending = 0;
  uint64_t sequence = 0;
};

// Splits `chunk` into lines and reads the records. Keeps a reference to the chunk in `out`.
//
// Lines: "type=NAME msg=audit(SECONDS.MILLIS:SERIAL): FIELDS", optionally after "node=NAME ", also
// with type=UNKNOWN[NUMBER]; the kernel log's "audit: type=NUMBER audit(...): FIELDS"; both after
// any prefix of a collector, which may put several records of an event on one line; fields that
// auditd added (log_format = ENRICHED) after a 0x1D byte, or what syslog made of it. A host in the
// prefix (CollectorHeader) stands in for node=. Lines may end in "\r\n", a file may begin with a
// byte order mark, and ausearch separates events by lines of its own. Everything else but an empty
// line is malformed and counted. Strings follow the kernel's rule: in double quotes they stand as
// they are, without they are hexadecimal digits.
//
// A record begins only where none of its own quotes, and no message of a program, can be behind.
//
// Thread-safe: touches nothing but `out`.
// Source: kernel/audit.c, kernel/auditsc.c; auditd's lib/msg_typetab.h for names of types.
void ParseChunk(const LogChunk& chunk, ParsedChunk& out);

}  // namespace pidigree
