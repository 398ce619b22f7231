#pragma once

#include <string_view>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

enum class SyscallRecordResult : uint8_t { kOk, kUnknownArch, kMalformed };

// Reads the fields of a SYSCALL record into `fragment`: its process, and what the call did to it
// (ProcessFact::kind). Of an architecture that has no system call table only the process is known.
// Decoded strings are written to `arena`, which moves on.
//
// Malformed: a field is missing or out of range, or the record is torn; nothing is changed then.
// Source: audit_log_exit() and audit_log_task_info() in kernel/auditsc.c.
SyscallRecordResult ReadSyscall(std::string_view fields, EventFragment& fragment, char*& arena);

// Reads what another record says of the acting process, up to msg='...'. False if it has no pid=.
bool ReadSubject(std::string_view fields, EventFragment& fragment, char*& arena);

// The user's name in what auditd adds to a record in ENRICHED format; empty if there is none.
std::string_view FindEnrichedUser(std::string_view enrichment);

}  // namespace pidigree
