#pragma once

#include <cstdlib>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

inline void Check(bool holds) {
  if (!holds) std::abort();
}

// Checks that two readings of the same records agree.
inline void CheckSame(const EventFragment& a, const EventFragment& b) {
  const ParsedCall& x = a.call;
  const ParsedCall& y = b.call;
  Check(x.kind == y.kind && x.fork_result == y.fork_result && x.exec_if_told == y.exec_if_told);
  Check(x.child_namespace == y.child_namespace && x.exe_is_unlinked == y.exe_is_unlinked);
  Check(x.has_ppid == y.has_ppid && x.has_ids == y.has_ids);
  Check(x.serial == y.serial && x.time_ms == y.time_ms);
  Check(x.pid == y.pid && x.ppid == y.ppid && x.other_pid == y.other_pid);
  Check(x.uid == y.uid && x.auid == y.auid && x.session == y.session);
  Check(x.wait_options == y.wait_options);
  Check(x.tty == y.tty && x.exe == y.exe && x.cwd == y.cwd);
  Check(x.command_line == y.command_line && x.user == y.user);
  Check(a.node_name == b.node_name && a.has_syscall == b.has_syscall);
  Check(a.has_subject == b.has_subject && a.has_abend == b.has_abend);
  Check(a.boot_mark == b.boot_mark && a.is_daemon == b.is_daemon);
  Check(a.execves.count == b.execves.count && a.execves_read == b.execves_read);
  Check(a.argv.IsComplete() == b.argv.IsComplete() && a.obj_pids.count == b.obj_pids.count);
  Check(a.deleted_paths.count == b.deleted_paths.count && a.duplicates == b.duplicates);
}

inline void CheckSame(const ParsedChunk& a, const ParsedChunk& b) {
  Check(a.records == b.records && a.malformed.count == b.malformed.count);
  Check(a.unknown_arch == b.unknown_arch);
  Check(a.fragments.size() == b.fragments.size());
  for (size_t i = 0; i < a.fragments.size(); ++i) CheckSame(a.fragments[i], b.fragments[i]);
}

}  // namespace pidigree
