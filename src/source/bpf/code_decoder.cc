#include <cstring>
#include <optional>
#include <string_view>

#include "src/event/code_fact.h"
#include "src/source/bpf/wire_parts.h"

namespace pidigree {
namespace {

bool ReadSignature(uint64_t signature, std::optional<bool>& valid) {
  switch (signature) {
    case WIRE_SIGNATURE_UNKNOWN:
      return true;
    case WIRE_SIGNATURE_MISSING:
    case WIRE_SIGNATURE_VALID:
      valid = signature == WIRE_SIGNATURE_VALID;
      return true;
  }
  return false;
}

}  // namespace

bool DecodeImage(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_image>(record);
  if (!parsed) return false;
  const wire_image& wire = parsed->wire;
  const auto action = ReadAction<ImageAction::kMapped, ImageAction::kReplaced, 2>(wire.action);
  ImageFact image;
  if (!action || !ReadActor(wire.actor, image.subject) ||
      !TakePath(wire.path, parsed->text, state.path, image.path) || !parsed->text.empty())
    return false;
  image.subject.time_ns = state.Forward(wire.header.time_ns);
  image.action = *action;
  image.file = ReadFile(wire.file);
  state.paths_cut += image.path.cut;
  consumer.Apply(image);
  return true;
}

bool DecodeModule(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer) {
  auto parsed = Parse<wire_module>(record);
  if (!parsed) return false;
  const wire_module& wire = parsed->wire;
  ModuleFact module;
  if (!ReadActor(wire.actor, module.subject) ||
      !ReadSignature(wire.signature, module.valid_signature) ||
      !TakePath(wire.path, parsed->text, state.path, module.path) || !parsed->text.empty())
    return false;
  module.subject.time_ns = state.Forward(wire.header.time_ns);
  module.name = NameIn(record, offsetof(wire_module, name), sizeof(wire.name));
  module.file = ReadFile(wire.file);
  state.paths_cut += module.path.cut;
  consumer.Apply(module);
  return true;
}

bool DecodeBpfProgram(std::span<const std::byte> record, DecoderState& state,
                      FactConsumer& consumer) {
  const auto parsed = Parse<wire_bpf_program>(record);
  if (!parsed || !parsed->text.empty()) return false;
  const wire_bpf_program& wire = parsed->wire;
  BpfProgramFact program;
  if (!ReadActor(wire.actor, program.subject)) return false;
  program.subject.time_ns = state.Forward(wire.header.time_ns);
  program.id = wire.id;
  program.type = wire.type;
  program.name = NameIn(record, offsetof(wire_bpf_program, name), sizeof(wire.name));
  consumer.Apply(program);
  return true;
}

}  // namespace pidigree
