#include <string_view>

#include "src/base/split.h"
#include "src/event/file_fact.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {
namespace {

// Appends `name`, as a process gave it, to the directory that it begins in. Returns whether it
// leads through other directories. ".." stays: only who knows the links before it can tell where it
// leads.
bool AppendName(std::string_view name, std::string& path) {
  if (path == "/") path.clear();
  size_t components = 0;
  bool up = false;
  while (!name.empty()) {
    const std::string_view component = TakeBefore('/', name);
    if (component.empty() || component == ".") continue;
    path += '/';
    path += component;
    up |= component == "..";
    ++components;
  }
  return components > 1 || up;
}

}  // namespace

bool DecodeFile(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_file_event>(record);
  if (!parsed) return false;
  const wire_file_event& wire = parsed->wire;
  const auto action = ReadAction<FileAction::kCreated, FileAction::kMadeExecutable, 8>(wire.action);
  FileFact event;
  std::string_view name;
  if (!action || !ReadActor(wire.actor, event.subject) ||
      !TakePath(wire.path, parsed->text, state.path, event.path) ||
      !TakeText(parsed->text, wire.name_size, name) ||
      !TakeText(parsed->text, wire.attribute_size, event.attribute) ||
      !TakeText(parsed->text, wire.value_size, event.value) || !parsed->text.empty() ||
      name.find('\0') != name.npos)
    return false;
  event.subject.time_ns = state.Forward(wire.header.time_ns);
  event.action = *action;
  if (!name.empty()) {
    if (AppendName(name, state.path)) event.links = PathLinks::kInDirectories;
    if ((wire.flags & WIRE_FILE_FOLLOWED) != 0) event.links = PathLinks::kAlsoLast;
    event.path.text = state.path;
  }
  event.file = ReadFile(wire.file);
  event.mode = wire.mode;
  event.time_ns = wire.file_time_ns;
  if ((wire.flags & (WIRE_FILE_STARTS_AS_EXECUTABLE | WIRE_FILE_STARTS_OTHERWISE)) != 0)
    event.executable = (wire.flags & WIRE_FILE_STARTS_AS_EXECUTABLE) != 0;
  event.value_unread = (wire.flags & WIRE_FILE_VALUE_UNREAD) != 0;
  state.paths_cut += event.path.cut;
  consumer.Apply(event);
  return true;
}

}  // namespace pidigree
