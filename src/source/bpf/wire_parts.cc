#include "src/source/bpf/wire_parts.h"

#include <limits>

namespace pidigree {
namespace {

// Joins components that go from the last to the first, each ended by a NUL.
void JoinBackwards(std::string_view components, std::string& out) {
  while (!components.empty()) {
    components.remove_suffix(1);
    const size_t end = components.rfind('\0');
    const size_t start = end == components.npos ? 0 : end + 1;
    out += '/';
    out += components.substr(start);
    components = components.substr(0, start);
  }
}

}  // namespace

bool ReadProcess(const wire_process& wire, ProcessKey& process) {
  if (wire.tgid > std::numeric_limits<uint32_t>::max()) return false;
  process = {static_cast<uint32_t>(wire.tgid), wire.start_ns};
  return true;
}

bool ReadActor(const wire_actor& wire, Subject& subject) {
  subject.ids.uid = wire.uid;
  subject.mount_namespace = wire.mount_ns;
  subject.program = wire.program;
  return ReadProcess(wire.process, subject.process);
}

FileIdentity ReadFile(const wire_file& wire) {
  return {wire.device,   wire.inode,    wire.size,
          wire.mtime_ns, wire.ctime_ns, static_cast<uint32_t>(wire.links)};
}

std::string_view Comm(std::span<const std::byte> record, size_t offset) {
  return NameIn(record, offset, WIRE_COMM_SIZE);
}

std::string_view NameIn(std::span<const std::byte> record, size_t offset, size_t size) {
  const char* const name = reinterpret_cast<const char*>(record.data()) + offset;
  return {name, strnlen(name, size)};
}

bool TakeText(std::string_view& text, uint64_t size, std::string_view& taken) {
  if (size > text.size()) return false;
  taken = text.substr(0, size);
  text.remove_prefix(size);
  return true;
}

bool TakePath(const wire_path& wire, std::string_view& text, std::string& buffer,
              KernelPath& path) {
  std::string_view components;
  if (!TakeText(text, wire.size, components)) return false;
  if (!components.empty() && components.back() != '\0') return false;
  buffer.clear();
  path.unlinked = (wire.flags & WIRE_PATH_UNLINKED) != 0;
  path.cut = (wire.flags & WIRE_PATH_CUT) != 0;
  if ((wire.flags & WIRE_PATH_PSEUDO) != 0) {
    if (components.empty()) return false;
    buffer = components.substr(0, components.size() - 1);
  } else if ((wire.flags & WIRE_PATH_PRESENT) != 0) {
    if (path.cut) buffer = "...";
    if ((wire.flags & WIRE_PATH_FOREIGN) != 0) buffer = "(unreachable)";
    JoinBackwards(components, buffer);
    if (buffer.empty()) buffer = "/";
  } else if (!components.empty()) {
    return false;
  }
  path.text = buffer;
  return true;
}

}  // namespace pidigree
