#include <optional>
#include <string>
#include <vector>

#include "src/base/parse_number.h"
#include "src/cli/commands.h"
#include "src/cli/event_lines.h"
#include "src/cli/messages.h"
#include "src/cli/process_tree.h"
#include "src/event/guid.h"
#include "src/serialize/event_reader.h"

namespace pidigree {
namespace {

constexpr char kSubject[] = "{GUID}|PID";
constexpr char kFiles[] = "EVENTS";

// Adds the events of `path`. Lines that are none are counted and complained of, and the rest
// counts.
Result<> ReadEvents(const std::string& path, ProcessTree& tree) {
  size_t unreadable = 0;
  std::string first;
  auto read = ForEachLine(path, [&](std::string_view line, size_t number) {
    if (line.find_first_not_of(" \r\t") == line.npos) return;
    const auto event = ParseLoggedEvent(line);
    const Result<> added = event ? tree.Add(*event) : Result<>(Fail(event.error()));
    if (added) return;
    if (unreadable++ == 0)
      first = "line " + std::to_string(number) + ": " + Printable(added.error().message);
  });
  if (unreadable > 0)
    Complain(Printable(path) + ": " + std::to_string(unreadable) +
             (unreadable == 1 ? " line is no event: " : " lines are no events; the first is ") +
             first);
  return read;
}

std::optional<uint32_t> ParsePid(std::string_view text) {
  uint32_t pid = 0;
  return ParseNumber(text, pid) ? std::optional(pid) : std::nullopt;
}

Result<int> RunTree(const Arguments& arguments) {
  const std::string subject = arguments.Get(kSubject);
  const auto guid = ParseTypedGuid(subject);
  const auto pid = ParsePid(subject);
  if (!guid && !pid)
    return Fail(ErrorCode::kUsage,
                std::string(kSubject) + ": '" + subject + "' is neither a GUID nor a PID");

  ProcessTree tree;
  bool all_read = true;
  std::vector<std::string> files = arguments.All(kFiles);
  if (files.empty()) files = {"-"};
  for (const std::string& path : files) {
    if (const auto read = ReadEvents(path, tree); !read) {
      Complain(read.error().message);
      all_read = false;
    }
  }

  const std::vector<Guid> found = pid               ? tree.WithPid(*pid)
                                  : tree.Has(*guid) ? std::vector{*guid}
                                                    : std::vector<Guid>();
  if (found.empty()) {
    Complain("no event names process " + subject);
    return kExitFailed;
  }
  bool printed = false;
  if (found.size() == 1) {
    printed = PrintOut(tree.Show(found.front()));
  } else {
    printed = PrintOut(tree.List(found));
    Complain(std::to_string(found.size()) + " processes had PID " + subject +
             "; ask for one of them by its GUID");
  }
  return printed && all_read ? kExitDone : kExitFailed;
}

}  // namespace

Command TreeCommand() {
  return {
      .name = "tree",
      .description = "Show the ancestors and descendants of a process in logged events",
      .footer =
          "EVENTS are files that Pidigree wrote, or syslog files with its lines among others, "
          "in XML or\n"
          "JSON. A PID that several processes had lists them all with their lifetimes.",
      .options = {{.name = kSubject, .help = "The process", .required = true},
                  {.name = kFiles,
                   .help = "Files of events; - is standard input (default)",
                   .repeatable = true}},
      .run = RunTree,
  };
}

}  // namespace pidigree
