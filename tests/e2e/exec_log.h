#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pidigree {

constexpr int64_t kLogStart = 1'790'000'000;  // 2026-09-21 14:13:20 UTC

// The records of an execve, as auditd writes them.
std::string Exec(int64_t seconds, int serial, int pid, std::string_view program, int ppid = 1);

// One of /usr/bin/prog each second from kLogStart on.
std::string Execs(int count);

// The field of an event, in XML.
std::string Image(std::string_view program);

}  // namespace pidigree
