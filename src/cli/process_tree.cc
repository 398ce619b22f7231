#include "src/cli/process_tree.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/base/parse_number.h"
#include "src/base/printable.h"
#include "src/base/utc_text.h"

namespace pidigree {
namespace {

constexpr uint16_t kCreate = 1;
constexpr uint16_t kTerminate = 5;

// Beyond that many levels a line begins with its depth in figures instead of being indented
// further.
constexpr size_t kMaxIndent = 60;
constexpr size_t kMaxCommand = 300;

constexpr std::string_view kNotKnown = "?";

// Reads fields of an event; remembers the first that is not what it should be.
class EventFields {
 public:
  explicit EventFields(const LoggedEvent& event) : event_(event) {}

  Guid GetGuid(std::string_view field) { return Need(ParseGuid(event_.Get(field)), field); }

  int64_t GetTime(std::string_view field) { return Need(ParseUtcTime(event_.Get(field)), field); }

  uint32_t GetPid(std::string_view field) {
    uint32_t pid = 0;
    const bool good = ParseNumber(event_.Get(field), pid);
    return Need(good ? std::optional(pid) : std::nullopt, field);
  }

  // Errors: kCorrupt with that field.
  Result<> outcome() const {
    if (wrong_.empty()) return {};
    return Fail(ErrorCode::kCorrupt, "event: " + std::string(wrong_) + " is '" +
                                         Printable(event_.Get(wrong_), 80) + "'");
  }

 private:
  template <typename T>
  T Need(const std::optional<T>& value, std::string_view field) {
    if (!value && wrong_.empty()) wrong_ = field;
    return value.value_or(T{});
  }

  const LoggedEvent& event_;
  std::string_view wrong_;
};

std::string TextOrNotKnown(const std::string* text) {
  return text == nullptr ? std::string(kNotKnown) : Printable(*text, kMaxCommand);
}

}  // namespace

ProcessTree::Text ProcessTree::Intern(std::string_view text) {
  if (text == "-") return nullptr;
  return &*texts_.emplace(text).first;
}

ProcessTree::Process& ProcessTree::Name(const Guid& guid, uint32_t pid,
                                        std::string_view command_line, std::string_view image,
                                        std::string_view user) {
  const auto [found, is_new] = processes_.try_emplace(guid);
  Process& process = found->second;
  if (is_new) {
    process.pid = pid;
    by_pid_.emplace(pid, guid);
  }
  if (process.named_command == nullptr)
    process.named_command = Intern(command_line == "-" ? image : command_line);
  if (process.named_user == nullptr) process.named_user = Intern(user);
  return process;
}

Result<> ProcessTree::Add(const LoggedEvent& event) {
  if (event.id != kCreate && event.id != kTerminate) return {};
  EventFields fields(event);
  const Guid guid = fields.GetGuid("ProcessGuid");
  const uint32_t pid = fields.GetPid("ProcessId");
  const int64_t time_ns = fields.GetTime("UtcTime");
  if (event.id == kTerminate) {
    if (Result<> read = fields.outcome(); !read) return read;
    Name(guid, pid, "-", event.Get("Image"), event.Get("User")).end_ns = time_ns;
    return {};
  }
  const Guid parent = fields.GetGuid("ParentProcessGuid");
  const uint32_t parent_pid = fields.GetPid("ParentProcessId");
  if (Result<> read = fields.outcome(); !read) return read;
  const std::string_view command =
      event.Get("CommandLine") == "-" ? event.Get("Image") : event.Get("CommandLine");
  Process& process = Name(guid, pid, command, event.Get("Image"), event.Get("User"));
  const Program program{time_ns, Intern(event.Get("Description")), Intern(command),
                        Intern(event.Get("User"))};
  const auto later = std::ranges::upper_bound(process.programs, time_ns, {}, &Program::time_ns);
  process.programs.insert(later, program);
  if (parent != Guid{} && !process.parent) {
    process.parent = parent;
    Name(parent, parent_pid, event.Get("ParentCommandLine"), event.Get("ParentImage"),
         event.Get("ParentUser"))
        .children.push_back(guid);
  }
  return {};
}

int64_t ProcessTree::StartOf(const Process& process) {
  if (!process.programs.empty()) return process.programs.front().time_ns;
  return process.end_ns.value_or(std::numeric_limits<int64_t>::min());
}

std::vector<Guid> ProcessTree::WithPid(uint32_t pid) const {
  std::vector<Guid> guids;
  const auto [first, last] = by_pid_.equal_range(pid);
  for (auto it = first; it != last; ++it) guids.push_back(it->second);
  std::ranges::sort(guids, {},
                    [this](const Guid& guid) { return std::pair(StartOf(At(guid)), guid); });
  return guids;
}

std::vector<Guid> ProcessTree::ChainTo(const Guid& guid) const {
  std::vector<Guid> chain = {guid};
  std::unordered_set<Guid, SeededHasher> seen = {guid};
  for (auto parent = At(guid).parent; parent && seen.insert(*parent).second;
       parent = At(*parent).parent)
    chain.push_back(*parent);
  std::ranges::reverse(chain);
  return chain;
}

std::vector<Guid> ProcessTree::ChildrenByStart(const Guid& guid) const {
  std::vector<Guid> children = At(guid).children;
  std::ranges::sort(children, {},
                    [this](const Guid& child) { return std::pair(StartOf(At(child)), child); });
  return children;
}

void ProcessTree::Put(const Guid& guid, const std::string& first_prefix,
                      const std::string& next_prefix, std::string_view mark,
                      std::string& out) const {
  const Process& process = At(guid);
  const Program* const first = process.programs.empty() ? nullptr : &process.programs.front();
  out += first_prefix + std::to_string(process.pid) + " " +
         TextOrNotKnown(first == nullptr ? process.named_user : first->user) + "  " +
         (first == nullptr ? std::string(kNotKnown) : UtcText(first->time_ns)) + " - " +
         (process.end_ns ? UtcText(*process.end_ns) : std::string(kNotKnown)) + "  " +
         TextOrNotKnown(first == nullptr ? process.named_command : first->command) + "  " +
         FormatGuid(guid);
  if (first == nullptr)
    out += "  (without an event of its own)";
  else if (first->description != nullptr)
    out += "  (" + Printable(*first->description, kMaxCommand) + ")";
  out.append(mark).append("\n");
  for (size_t i = 1; i < process.programs.size(); ++i)
    out += next_prefix + UtcText(process.programs[i].time_ns) + "  " +
           TextOrNotKnown(process.programs[i].command) + "\n";
}

std::string ProcessTree::Show(const Guid& guid) const {
  struct Open {
    Guid guid;
    size_t depth;
    bool last;           // of those of its parent that are shown
    std::string indent;  // stands before its branch
  };
  std::string out;
  std::unordered_set<Guid, SeededHasher> shown;
  std::vector<Guid> chain = ChainTo(guid);
  std::vector<Open> open = {{chain.front(), 0, true, ""}};
  while (!open.empty()) {
    const Open item = std::move(open.back());
    open.pop_back();
    shown.insert(item.guid);
    // Of an ancestor only the next one is shown.
    const bool is_ancestor = item.depth + 1 < chain.size();
    std::vector<Guid> children =
        is_ancestor ? std::vector{chain[item.depth + 1]} : ChildrenByStart(item.guid);
    std::erase_if(children, [&shown](const Guid& child) { return shown.contains(child); });

    std::string branch;
    std::string indent;
    if (item.depth > kMaxIndent) {
      branch = "(level " + std::to_string(item.depth) + ") ";
    } else if (item.depth > 0) {
      branch = item.indent + (item.last ? "└─ " : "├─ ");
      indent = item.indent + (item.last ? "   " : "│  ");
    }
    Put(item.guid, branch, indent + (children.empty() ? "   " : "│  "),
        item.guid == guid ? "  <--" : "", out);
    for (size_t i = children.size(); i-- > 0;)
      open.push_back({children[i], item.depth + 1, i + 1 == children.size(), indent});
  }
  return out;
}

std::string ProcessTree::List(const std::vector<Guid>& guids) const {
  std::string out;
  for (const Guid& guid : guids) Put(guid, "", "  ", "", out);
  return out;
}

}  // namespace pidigree
