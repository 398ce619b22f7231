#pragma once

#include <cstdint>
#include <string>

namespace pidigree {

// Resident memory of this process in bytes, pages that it shares with others included; 0 if /proc
// does not tell. Source: proc(5), /proc/PID/statm.
uint64_t OwnResidentBytes(const std::string& proc = "/proc");

}  // namespace pidigree
