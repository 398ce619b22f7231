// Records are read fast where bytes may be read past the end of their line, and in the plain way at
// the end of a chunk. Both must say the same, and view nothing but the arena.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/same_fragments.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {
namespace {

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

void CheckLine(std::string_view line, const std::shared_ptr<const LogFile>& file) {
  // Exactly as long as its text, so that AddressSanitizer sees a read past the end.
  const auto exact = std::make_shared<std::string>(std::string(line) + '\n');
  const auto padded = std::make_shared<std::string>(*exact + std::string(64, '\n'));
  ParsedChunk plain;
  ParsedChunk fast;
  ParseChunk({exact, file, *exact, 0}, plain);
  ParseChunk({padded, file, *padded, 0}, fast);
  CheckSame(plain, fast);
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
