#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pidigree {

// A process or logon identity, printed as {8-4-4-4-12} lower-case hex digits. The two halves are
// big-endian: the first printed digit is the top nibble of `high`.
//
//   {MMMMMMMM-BBBB-BBBB-TTTT-TTTTTTPPPPPP}   process: machine, boot, start tick, tgid
//   {MMMMMMMM-BBBB-BBBB-SSSS-SSSSUUUUUUUU}   logon: machine, boot, audit session, login uid
struct Guid {
  uint64_t high = 0;
  uint64_t low = 0;

  static constexpr size_t kTextSize = 38;  // braces included
  static constexpr int kPidBits = 24;
  static constexpr uint64_t kMaxStart = (uint64_t{1} << 40) - 1;

  // The start of one more process with a PID: when it began, in ticks of 1/100 s, or where that
  // PID has had a GUID of that tick or a later one, `last`, the next.
  static constexpr uint64_t NextStart(uint64_t began, uint64_t last) {
    return std::min(std::max(began, last + 1), kMaxStart);
  }

  // `start` and `pid` are cut to their 40 and 24 bits.
  static constexpr Guid Process(uint32_t machine, uint32_t boot, uint64_t start, uint32_t pid) {
    return {uint64_t{machine} << 32 | boot,
            (start & kMaxStart) << kPidBits | (pid & ((1u << kPidBits) - 1))};
  }
  static constexpr Guid Logon(uint32_t machine, uint32_t boot, uint32_t session, uint32_t auid) {
    return {uint64_t{machine} << 32 | boot, uint64_t{session} << 32 | auid};
  }

  constexpr uint32_t machine() const { return static_cast<uint32_t>(high >> 32); }
  constexpr uint32_t boot() const { return static_cast<uint32_t>(high); }
  constexpr uint64_t start() const { return low >> kPidBits; }
  constexpr uint32_t pid() const { return static_cast<uint32_t>(low & ((1u << kPidBits) - 1)); }

  constexpr auto operator<=>(const Guid&) const = default;
};

// Writes exactly Guid::kTextSize characters to `out`; no terminating NUL.
void FormatGuid(const Guid& guid, char* out);
std::string FormatGuid(const Guid& guid);  // the same as a string

// Reads the form that FormatGuid writes, hex digits of either case. nullopt for anything else.
std::optional<Guid> ParseGuid(std::string_view text);

// The same as people type it: the braces, which a shell would take for its own, may be left out.
std::optional<Guid> ParseTypedGuid(std::string_view text);

}  // namespace pidigree
