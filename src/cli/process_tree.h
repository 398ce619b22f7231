#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/base/result.h"
#include "src/base/seeded_hash.h"
#include "src/event/guid.h"
#include "src/serialize/event_reader.h"

namespace pidigree {

// The processes that ProcessCreate and ProcessTerminate events tell of, and the text that shows one
// of them with its ancestors and descendants. Keeps of an event only what that text needs, and each
// different image, command line and user once.
class ProcessTree {
 public:
  // Adds what `event` tells; events may come in any order. Events other than 1 and 5 tell nothing.
  //
  // Errors: kCorrupt if a GUID, PID or time of the event is not one.
  Result<> Add(const LoggedEvent& event);

  // Every process that had that PID, in the order of their starts.
  std::vector<Guid> WithPid(uint32_t pid) const;
  bool Has(const Guid& guid) const { return processes_.contains(guid); }

  // The chain from the oldest known ancestor of `guid`, which must be known, down to it, then
  // everything that descends from it. One line for each process (PID, user, start, end, command
  // line, GUID, and what its first event says of it), and one for each further program that it ran:
  //
  //   1 root  2026-11-23 08:00:00.000 - ?  /sbin/init  {...}  (running)
  //   └─ 700 alice  2026-11-23 09:10:11.120 - 2026-11-23 09:10:12.000  sh -c make  {...}  <--
  //      │  2026-11-23 09:10:11.130  make
  //      └─ 701 alice  2026-11-23 09:10:11.140 - ?  cc -c a.c  {...}
  //
  // A question mark stands for what no event tells. Text from events is escaped as Printable()
  // does, so that a terminal can show it.
  std::string Show(const Guid& guid) const;

  // One line for each of `guids` as above, without their relatives.
  std::string List(const std::vector<Guid>& guids) const;

 private:
  using Text = const std::string*;  // into texts_, or nullptr if not known

  struct Program {
    int64_t time_ns;
    Text description;
    Text command;  // the command line; the image if there is none
    Text user;
  };
  struct Process {
    uint32_t pid = 0;
    std::optional<Guid> parent;
    std::optional<int64_t> end_ns;
    std::vector<Program> programs;  // by time
    Text named_command = nullptr;   // as the first event names it, of whatever kind
    Text named_user = nullptr;      // likewise
    std::vector<Guid> children;
  };

  Text Intern(std::string_view text);
  Process& Name(const Guid& guid, uint32_t pid, std::string_view command_line,
                std::string_view image, std::string_view user);
  const Process& At(const Guid& guid) const { return processes_.find(guid)->second; }
  static int64_t StartOf(const Process& process);
  std::vector<Guid> ChainTo(const Guid& guid) const;
  std::vector<Guid> ChildrenByStart(const Guid& guid) const;
  void Put(const Guid& guid, const std::string& first_prefix, const std::string& next_prefix,
           std::string_view mark, std::string& out) const;

  std::unordered_set<std::string, SeededHasher> texts_;
  std::unordered_map<Guid, Process, SeededHasher> processes_;
  std::unordered_multimap<uint32_t, Guid, SeededHasher> by_pid_;
};

}  // namespace pidigree
