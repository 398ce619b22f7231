#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pidigree {

// Times are nanoseconds since 1970-01-01 00:00:00 UTC. Their range, 1677 to 2262, keeps every year
// at four digits.

// YYYY-MM-DD hh:mm:ss.mmm, cut to milliseconds, not rounded: the form of UtcTime fields.
constexpr size_t kUtcMillisecondsSize = 23;
// YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ: the form of <TimeCreated>.
constexpr size_t kUtcNanosecondsSize = 30;

// Each writes exactly that many characters to `out`; no terminating NUL.
void FormatUtcMilliseconds(int64_t ns, char* out);
void FormatUtcNanoseconds(int64_t ns, char* out);

// What FormatUtcMilliseconds() writes.
std::string UtcText(int64_t ns);

// Reads what the two above write, RFC 3339, and shorter forms that people type:
//
//   2026-11-23                       midnight
//   2026-11-23 16:59                 a blank, a 'T' or a 't' between date and time
//   2026-11-23T16:59:04.123456789Z   one to nine digits of a second
//   2026-11-23 16:59:04+01:00        an offset from UTC; without one, and with Z or z: UTC
//
// nullopt for anything else, for dates that do not exist, leap seconds, and years outside 1678 to
// 2261.
std::optional<int64_t> ParseUtcTime(std::string_view text);

}  // namespace pidigree
