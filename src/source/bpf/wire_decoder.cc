#include "src/source/bpf/wire_decoder.h"

#include <cstddef>
#include <string_view>

#include "src/source/bpf/access_decoder.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {
namespace {

ProcessIds Ids(const wire_subject& wire) { return {wire.uid, wire.euid, wire.auid, wire.session}; }

ProcessPlace Place(const wire_subject& wire) { return {wire.mount_ns, wire.pid_ns, wire.cgroup}; }

}  // namespace

bool WireDecoder::Decode(std::span<const std::byte> record, FactConsumer& consumer) {
  const auto parsed = Parse<wire_header>(record);
  if (!parsed || parsed->wire.size != record.size()) return false;
  switch (parsed->wire.kind) {
    case WIRE_FORK:
      return DecodeFork(record, consumer);
    case WIRE_EXEC:
      return DecodeExec(record, consumer);
    case WIRE_EXIT:
      return DecodeExit(record, consumer);
    case WIRE_TASK:
      return DecodeTask(record, consumer);
    case WIRE_FILE_EVENT:
      return files_.Decode(record, times_, consumer);
    case WIRE_FLOW:
      return NetworkDecoder::DecodeFlow(record, times_, consumer);
    case WIRE_PIPE:
      return network_.DecodePipe(record, times_, consumer);
    case WIRE_DNS:
      return NetworkDecoder::DecodeDns(record, times_, consumer);
    case WIRE_ACCESS:
      return DecodeAccess(record, times_, consumer);
    case WIRE_IMAGE:
      return code_.DecodeImage(record, times_, consumer);
    case WIRE_MODULE:
      return code_.DecodeModule(record, times_, consumer);
    case WIRE_BPF_PROGRAM:
      return CodeDecoder::DecodeBpfProgram(record, times_, consumer);
  }
  return false;
}

bool WireDecoder::DecodeFork(std::span<const std::byte> record, FactConsumer& consumer) {
  auto parsed = Parse<wire_fork>(record);
  if (!parsed) return false;
  const wire_fork& wire = parsed->wire;
  ForkFact fork;
  if (!ReadProcess(wire.subject.process, fork.child) ||
      !ReadProcess(wire.subject.parent, fork.subject.process) ||
      !ReadProcess(wire.creator, fork.creator) ||
      !TakePath(wire.image, parsed->text, image_, fork.image) || !parsed->text.empty())
    return false;
  fork.subject.time_ns = times_.Forward(wire.header.time_ns);
  fork.subject.ids = Ids(wire.subject);
  fork.place = Place(wire.subject);
  fork.comm = Comm(record, offsetof(wire_fork, subject.comm));
  fork.kernel_thread = (wire.flags & WIRE_KERNEL_THREAD) != 0;
  paths_cut_ += fork.image.cut;
  consumer.Apply(fork);
  return true;
}

bool WireDecoder::DecodeExec(std::span<const std::byte> record, FactConsumer& consumer) {
  auto parsed = Parse<wire_exec>(record);
  if (!parsed) return false;
  const wire_exec& wire = parsed->wire;
  ExecFact exec;
  if (!ReadProcess(wire.subject.process, exec.subject.process) ||
      !ReadProcess(wire.subject.parent, exec.present_parent) ||
      !TakePath(wire.image, parsed->text, image_, exec.image) ||
      !TakePath(wire.cwd, parsed->text, cwd_, exec.cwd) ||
      !TakeText(parsed->text, wire.arguments_size, exec.arguments) || !parsed->text.empty())
    return false;
  exec.subject.time_ns = times_.Forward(wire.header.time_ns);
  exec.subject.ids = Ids(wire.subject);
  exec.place = Place(wire.subject);
  exec.tty = wire.tty;
  exec.traced = (wire.flags & WIRE_TRACED) != 0;
  exec.executable = ReadFile(wire.executable);
  exec.arguments_cut = (wire.flags & WIRE_ARGUMENTS_CUT) != 0;
  exec.comm = Comm(record, offsetof(wire_exec, subject.comm));
  arguments_cut_ += exec.arguments_cut;
  paths_cut_ += exec.image.cut + exec.cwd.cut;
  consumer.Apply(exec);
  return true;
}

bool WireDecoder::DecodeExit(std::span<const std::byte> record, FactConsumer& consumer) {
  const auto parsed = Parse<wire_exit>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_exit& wire = parsed->wire;
  ExitFact exit;
  if (!ReadProcess(wire.process, exit.subject.process)) return false;
  exit.subject.time_ns = times_.Forward(wire.header.time_ns);
  exit.exit_code = wire.exit_code;
  exit.subject.ids.uid = wire.uid;
  exit.comm = Comm(record, offsetof(wire_exit, comm));
  consumer.Apply(exit);
  return true;
}

bool WireDecoder::DecodeTask(std::span<const std::byte> record, FactConsumer& consumer) {
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

}  // namespace pidigree
