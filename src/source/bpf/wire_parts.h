#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bpf/wire.h"
#include "src/event/fact_consumer.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

// What decoders of records of bpf/wire.h share.

// The structure of a record and the text behind it.
template <typename Wire>
struct Parsed {
  Wire wire;
  std::string_view text;
};

template <typename Wire>
std::optional<Parsed<Wire>> Parse(std::span<const std::byte> record) {
  if (record.size() < sizeof(Wire)) return std::nullopt;
  Parsed<Wire> parsed;
  std::memcpy(&parsed.wire, record.data(), sizeof(Wire));
  parsed.text = {reinterpret_cast<const char*>(record.data()) + sizeof(Wire),
                 record.size() - sizeof(Wire)};
  return parsed;
}

// What is kept from one record to the next.
struct DecoderState {
  // Brings the times of records forward to their order.
  uint64_t Forward(uint64_t time_ns) { return last_ns = std::max(last_ns, time_ns); }

  uint64_t last_ns = 0;
  uint64_t arguments_cut = 0;
  uint64_t paths_cut = 0;
  std::string path, cwd;  // what the facts view
};

// False: no process has such a number.
bool ReadProcess(const wire_process& wire, ProcessKey& process);
bool ReadActor(const wire_actor& wire, Subject& subject);

FileIdentity ReadFile(const wire_file& wire);

// The action that a record tells, if it is one of the `kCount` from `kFirst` to `kLast`.
template <auto kFirst, auto kLast, int kCount>
std::optional<decltype(kFirst)> ReadAction(uint64_t action) {
  constexpr auto first = static_cast<uint64_t>(kFirst), last = static_cast<uint64_t>(kLast);
  static_assert(first + kCount - 1 == last, "an action of schema/kernel_actions.h is missing");
  if (action < first || action > last) return std::nullopt;
  return static_cast<decltype(kFirst)>(action);
}

// The name at `offset` of a record that is long enough for it.
std::string_view Comm(std::span<const std::byte> record, size_t offset);
// Likewise of at most `size` bytes.
std::string_view NameIn(std::span<const std::byte> record, size_t offset, size_t size);

// Takes `size` bytes from the front of `text`. False: it does not have them.
bool TakeText(std::string_view& text, uint64_t size, std::string_view& taken);

// Takes the components of a path from the front of `text`; `buffer` then holds what `path` views.
bool TakePath(const wire_path& wire, std::string_view& text, std::string& buffer, KernelPath& path);

// The decoders for each kind of record, which are parts of WireDecoder.
bool DecodeFile(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeFlow(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodePipe(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeDns(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeAccess(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeImage(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeModule(std::span<const std::byte> record, DecoderState& state, FactConsumer& consumer);
bool DecodeBpfProgram(std::span<const std::byte> record, DecoderState& state,
                      FactConsumer& consumer);

}  // namespace pidigree
