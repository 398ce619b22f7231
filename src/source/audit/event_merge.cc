#include "src/source/audit/event_merge.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "src/source/audit/record_fields.h"

namespace pidigree {
namespace {

constexpr std::string_view kCut = "...";

void TakeProcess(EventFragment& event, const EventFragment& later) {
  ParsedCall call = later.call;
  call.cwd = event.call.cwd;
  call.command_line = event.call.command_line;
  event.call = call;
}

// Whether `name`, as given to the system call, is the file that the kernel calls `exe`.
bool NamesExe(std::string_view name, std::string_view exe) {
  if (name.starts_with("./")) name.remove_prefix(2);
  if (name.starts_with('/')) return name == exe;
  return exe.size() > name.size() && exe.ends_with(name) &&
         exe[exe.size() - name.size() - 1] == '/';
}

// Reads the EXECVE records that could not be read with the first, in the order of their arguments.
void ReadRemainingExecves(EventFragment& event) {
  std::vector<std::string_view> records;
  for (EventFragment* part = &event; part != nullptr; part = part->next) {
    for (; part->execves_read < part->execves.count; ++part->execves_read)
      records.push_back(part->home->execves[part->execves.first + part->execves_read]);
  }
  if (records.empty()) return;
  std::stable_sort(records.begin(), records.end(), [](std::string_view a, std::string_view b) {
    return PositionOfExecve(a) < PositionOfExecve(b);
  });
  event.joined_command_line = std::make_unique<std::string>(event.call.command_line);
  std::string& text = *event.joined_command_line;
  for (const std::string_view fields : records) {
    const size_t absent = event.argv.started
                              ? std::min<size_t>(event.argv.count, kMaxAbsentArguments)
                              : kMaxAbsentArguments;
    const size_t size = text.size();
    text.resize(size + fields.size() + absent + kSlack);
    bool fresh = false;
    const char* end = ReadExecve(fields, absent, event.argv, text.data() + size, fresh);
    text.resize(static_cast<size_t>(end - text.data()));
    if (!fresh) ++event.duplicates;
  }
  event.call.command_line = text;
}

// Adds the arguments that the records left out at their end.
void AddAbsentAtEnd(EventFragment& event) {
  const size_t absent = AbsentAtEnd(event.argv);
  if (absent == 0) return;
  if (event.joined_command_line == nullptr)
    event.joined_command_line = std::make_unique<std::string>(event.call.command_line);
  event.joined_command_line->append(absent - (event.argv.next_argument == 0), ' ');
  event.argv.next_argument += static_cast<uint32_t>(absent);
  event.call.command_line = *event.joined_command_line;
}

}  // namespace

void MergeFragment(EventFragment& event, EventFragment& later) {
  event.duplicates += later.duplicates;
  if (later.has_syscall) {
    if (event.has_syscall) {
      ++event.duplicates;
    } else {
      TakeProcess(event, later);
      event.has_syscall = true;
    }
  } else if (later.has_subject && !event.has_syscall && !event.has_subject) {
    TakeProcess(event, later);
  }
  event.has_subject |= later.has_subject;
  event.has_abend |= later.has_abend;
  if (event.boot_mark == BootMark::kNone) event.boot_mark = later.boot_mark;

  if (!later.call.cwd.empty()) {
    if (event.call.cwd.empty()) {
      event.call.cwd = later.call.cwd;
    } else {
      ++event.duplicates;
    }
  }
  // What was read ahead holds if the first EXECVE record did not come before it.
  if (later.has_execve) {
    if (event.argv.started) {
      for (EventFragment* part = &later; part != nullptr; part = part->next) part->execves_read = 0;
    } else {
      event.has_execve = true;
      event.argv = later.argv;
      event.call.command_line = later.call.command_line;
    }
  }

  EventFragment& tail = event.last != nullptr ? *event.last : event;
  tail.next = &later;
  event.last = later.last != nullptr ? later.last : &later;
}

bool FinishCommandLine(EventFragment& event, size_t max_bytes, std::string& room) {
  ParsedCall& call = event.call;
  ReadRemainingExecves(event);
  AddAbsentAtEnd(event);
  if (!event.argv.started) {
    call.complete = false;
    call.command_line = {};
    return false;
  }
  call.complete = event.argv.IsComplete();
  const bool too_long = call.command_line.size() > max_bytes;
  if (call.complete && !too_long) return false;
  const size_t kept =
      too_long ? max_bytes - std::min(max_bytes, kCut.size()) : call.command_line.size();
  room.assign(call.command_line.substr(0, kept)).append(kCut);
  call.command_line = room;
  return too_long;
}

void FinishExe(EventFragment& event) {
  ParsedCall& call = event.call;
  if (!call.exe_is_unlinked) return;
  for (const EventFragment* part = &event; part != nullptr; part = part->next) {
    for (uint32_t i = 0; i < part->deleted_paths.count; ++i) {
      if (NamesExe(part->home->deleted_paths[part->deleted_paths.first + i], call.exe))
        call.exe_is_unlinked = false;
    }
  }
}

void CollectTargets(const EventFragment& event, std::vector<uint32_t>& targets) {
  targets.clear();
  for (const EventFragment* part = &event; part != nullptr; part = part->next) {
    for (uint32_t i = 0; i < part->obj_pids.count; ++i) {
      const uint32_t pid = part->home->obj_pids[part->obj_pids.first + i];
      if (targets.size() == kMaxTargets) return;
      if (std::find(targets.begin(), targets.end(), pid) == targets.end()) targets.push_back(pid);
    }
  }
}

}  // namespace pidigree
