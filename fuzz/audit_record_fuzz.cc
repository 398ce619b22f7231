// Records are read fast where bytes may be read past the end of their line, and in the plain way at
// the end of a chunk. Both must say the same, and view nothing but the arena.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

bool Lies(std::string_view view, std::string_view in) {
  return view.empty() ||
         (view.data() >= in.data() && view.data() + view.size() <= in.data() + in.size());
}

void CheckViews(const ParsedChunk& parsed) {
  const std::string_view arena(parsed.arena.get(), parsed.arena_capacity);
  for (const EventFragment& fragment : parsed.fragments) {
    const ParsedCall& fact = fragment.call;
    for (const std::string_view view :
         {fact.tty, fact.exe, fact.cwd, fact.command_line, fact.user, fragment.node_name})
      Check(Lies(view, arena));
    Check(fragment.execves.first + fragment.execves.count <= parsed.execves.size());
    Check(fragment.obj_pids.first + fragment.obj_pids.count <= parsed.obj_pids.size());
    Check(fragment.deleted_paths.first + fragment.deleted_paths.count <=
          parsed.deleted_paths.size());
  }
  for (const std::string_view view : parsed.execves) Check(view == "argc=" || Lies(view, arena));
}

void CheckSame(const EventFragment& a, const EventFragment& b) {
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

void CheckLine(std::string_view line, const std::shared_ptr<const LogFile>& file) {
  // Exactly as long as its text, so that AddressSanitizer sees a read past the end.
  const auto exact = std::make_shared<std::string>(std::string(line) + '\n');
  const auto padded = std::make_shared<std::string>(*exact + std::string(64, '\n'));
  ParsedChunk plain;
  ParsedChunk fast;
  ParseChunk({exact, file, *exact, 0}, plain);
  ParseChunk({padded, file, *padded, 0}, fast);
  Check(plain.records == fast.records && plain.malformed.count == fast.malformed.count);
  Check(plain.unknown_arch == fast.unknown_arch);
  Check(plain.fragments.size() == fast.fragments.size());
  for (size_t i = 0; i < plain.fragments.size(); ++i)
    CheckSame(plain.fragments[i], fast.fragments[i]);
}

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  const auto file = std::make_shared<LogFile>(LogFile{"fuzz"});
  auto bytes = std::make_unique<char[]>(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  const std::string_view text(bytes.get(), size);
  ParsedChunk parsed;
  ParseChunk({nullptr, file, text, 0}, parsed);
  CheckViews(parsed);
  for (size_t at = 0; at < size;) {
    const size_t end = std::min(text.find('\n', at), size);
    CheckLine(text.substr(at, end - at), file);
    at = end + 1;
  }
  return 0;
}
