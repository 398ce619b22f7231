#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process_history.h"

namespace pidigree {

// Which audit rules the host has.
enum class AuditRules : uint8_t {
  kFull,      // fork, exec, exit, SIGKILL, wait4, namespaces: lineage is exact
  kForkExec,  // fork-like calls and exec
  kExecOnly,  // exec, what most hosts have
};

enum class LogForm : uint8_t {
  kRaw,       // log_format = RAW
  kEnriched,  // log_format = ENRICHED
  kKernel,    // the kernel's own message log: audit: type=1300 audit(...)
};

struct LogStyle {
  uint64_t seed = 1;
  AuditRules rules = AuditRules::kFull;
  LogForm form = LogForm::kRaw;
  std::string node = {};       // name in node= prefixes; empty: none
  bool proctitle = true;       // PROCTITLE records
  bool eoe = false;            // EOE records, as plugins get them
  bool failed_execs = false;   // no -F success=1 in the exec rule
  bool thread_clones = false;  // no rule excludes clone with CLONE_THREAD
  bool noise = true;           // records that have nothing to do with lineage
  bool disorder = true;        // events interleave and some arrive late
  uint32_t first_serial = 1000;
};

struct AuditLog {
  std::string text;
  // For each event of the history: whether the log holds it.
  std::vector<bool> written;
};

// The log that a host with these rules would have written during `history`.
// Sources: kernel/auditsc.c (audit_log_exit, audit_log_execve_info), kernel/audit.c
// (audit_log_untrustedstring), auditd(8), ausearch(8).
AuditLog WriteAuditLog(const History& history, const LogStyle& style);

// The event has a SYSCALL record, which alone names the parent.
bool TellsPpid(const HistoryEvent& event);

// As an ENRICHED log spells it: a name, unset, or unknown(N).
std::string UserName(uint32_t uid);

// The truth as JSON lines: first one object for each process, then one for each exec in the log.
std::string TruthAsJson(const History& history, const AuditLog& log);

}  // namespace pidigree
