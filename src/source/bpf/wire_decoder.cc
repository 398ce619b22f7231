#include "src/source/bpf/wire_decoder.h"

#include <cstddef>
#include <string_view>

#include "src/source/bpf/wire_parts.h"

namespace pidigree {
namespace {

ProcessIds Ids(const wire_subject& wire) { return {wire.uid, wire.euid, wire.auid, wire.session}; }

ProcessPlace Place(const wire_subject& wire) { return {wire.mount_ns, wire.pid_ns, wire.cgroup}; }

bool DecodeFork(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_fork>(record);
  if (!parsed) return false;
  const wire_fork& wire = parsed->wire;
  ForkFact fork;
  if (!ReadProcess(wire.subject.process, fork.child) ||
      !ReadProcess(wire.subject.parent, fork.subject.process) ||
      !ReadProcess(wire.creator, fork.creator) ||
      !TakePath(wire.image, parsed->text, state.path, fork.image) || !parsed->text.empty())
    return false;
  fork.subject.time_ns = state.Forward(wire.header.time_ns);
  fork.subject.ids = Ids(wire.subject);
  fork.place = Place(wire.subject);
  fork.comm = Comm(record, offsetof(wire_fork, subject.comm));
  fork.kernel_thread = (wire.flags & WIRE_KERNEL_THREAD) != 0;
  state.paths_cut += fork.image.cut;
  consumer.Apply(fork);
  return true;
}

bool DecodeExec(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_exec>(record);
  if (!parsed) return false;
  const wire_exec& wire = parsed->wire;
  ExecFact exec;
  if (!ReadProcess(wire.subject.process, exec.subject.process) ||
      !ReadProcess(wire.subject.parent, exec.present_parent) ||
      !TakePath(wire.image, parsed->text, state.path, exec.image) ||
      !TakePath(wire.cwd, parsed->text, state.cwd, exec.cwd) ||
      !TakeText(parsed->text, wire.arguments_size, exec.arguments) || !parsed->text.empty())
    return false;
  exec.subject.time_ns = state.Forward(wire.header.time_ns);
  exec.subject.ids = Ids(wire.subject);
  exec.place = Place(wire.subject);
  exec.tty = wire.tty;
  exec.traced = (wire.flags & WIRE_TRACED) != 0;
  exec.executable = ReadFile(wire.executable);
  exec.arguments_cut = (wire.flags & WIRE_ARGUMENTS_CUT) != 0;
  exec.comm = Comm(record, offsetof(wire_exec, subject.comm));
  state.arguments_cut += exec.arguments_cut;
  state.paths_cut += exec.image.cut + exec.cwd.cut;
  consumer.Apply(exec);
  return true;
}

bool DecodeExit(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  const auto parsed = Parse<wire_exit>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_exit& wire = parsed->wire;
  ExitFact exit;
  if (!ReadProcess(wire.process, exit.subject.process)) return false;
  exit.subject.time_ns = state.Forward(wire.header.time_ns);
  exit.exit_code = wire.exit_code;
  exit.subject.ids.uid = wire.uid;
  exit.comm = Comm(record, offsetof(wire_exit, comm));
  consumer.Apply(exit);
  return true;
}

bool DecodeTask(std::span<const std::byte> record, FactConsumer& consumer) {
  const auto parsed = Parse<wire_task>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_task& wire = parsed->wire;
  TaskFact task;
  if (!ReadProcess(wire.subject.process, task.subject.process) ||
      !ReadProcess(wire.subject.parent, task.present_parent))
    return false;
  task.subject.ids = Ids(wire.subject);
  task.place = Place(wire.subject);
  task.comm = Comm(record, offsetof(wire_task, subject.comm));
  task.kernel_thread = (wire.flags & WIRE_KERNEL_THREAD) != 0;
  consumer.Apply(task);
  return true;
}

}  // namespace

bool WireDecoder::Decode(std::span<const std::byte> record, FactConsumer& consumer) {
  const auto parsed = Parse<wire_header>(record);
  if (!parsed || parsed->wire.size != record.size()) return false;
  switch (parsed->wire.kind) {
    case WIRE_FORK:
      return DecodeFork(record, state_, consumer);
    case WIRE_EXEC:
      return DecodeExec(record, state_, consumer);
    case WIRE_EXIT:
      return DecodeExit(record, state_, consumer);
    case WIRE_TASK:
      return DecodeTask(record, consumer);
    case WIRE_FILE_EVENT:
      return DecodeFile(record, state_, consumer);
    case WIRE_FLOW:
      return DecodeFlow(record, state_, consumer);
    case WIRE_PIPE:
      return DecodePipe(record, state_, consumer);
    case WIRE_DNS:
      return DecodeDns(record, state_, consumer);
    case WIRE_ACCESS:
      return DecodeAccess(record, state_, consumer);
    case WIRE_IMAGE:
      return DecodeImage(record, state_, consumer);
    case WIRE_MODULE:
      return DecodeModule(record, state_, consumer);
    case WIRE_BPF_PROGRAM:
      return DecodeBpfProgram(record, state_, consumer);
  }
  return false;
}

}  // namespace pidigree
