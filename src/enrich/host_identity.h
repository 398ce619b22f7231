#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// The M and B parts of a process GUID (src/event/guid.h).

// First 8 of the 32 hex digits of machine-id(5), as Sysmon for Linux takes them.
//
// Errors: as ReadFile(); kCorrupt if the file does not start with 32 hex digits ("uninitialized" on
// a host that has not finished its first boot).
Result<uint32_t> ReadMachineId32(const std::string& path = "/etc/machine-id");

// First 8 hex digits of the random id that the kernel gives each boot; random(4).
//
// Errors: as above, for the 36 characters of a UUID.
Result<uint32_t> ReadBootId32(const std::string& path = "/proc/sys/kernel/random/boot_id");

// Stands for the machine-id where only other bytes tell a host (its name, or a record of its log):
// the first 32 bits of their SHA-256, most significant byte first.
uint32_t HostId32(std::string_view bytes);

}  // namespace pidigree
