#pragma once

#include <cstddef>
#include <string_view>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

enum class SyscallRecordResult : uint8_t { kOk, kUnknownArch, kMalformed };

// Bytes that must be readable behind the fields of a record, the first being its '\n', to read it
// the fast way.
constexpr size_t kReadAhead = 32;

// Reads the fields of a SYSCALL record into `fragment`: its process, and what the call did to it
// (LoggedCall::kind). `has_read_ahead`: kReadAhead is met. Of an architecture that has no system
// call table only the process is known, and that an EXECVE record makes it an exec. Decoded strings
// are written to `arena`, which moves on.
//
// Malformed: a field is missing or out of range, or the record is torn; nothing is changed then.
// Source: audit_log_exit() and audit_log_task_info() in kernel/auditsc.c.
SyscallRecordResult ReadSyscall(std::string_view fields, bool has_read_ahead,
                                EventFragment& fragment, char*& arena);

// Reads what another record says of the acting process, up to msg='...'. False if it has no pid=.
bool ReadSubject(std::string_view fields, EventFragment& fragment, char*& arena);

}  // namespace pidigree
