#pragma once

#include <cstdint>

#include "src/event/process_key.h"

namespace pidigree {

struct LoggedCall;

constexpr uint32_t kUnset = 0xffffffff;  // (uid_t)-1, also an unset session or login uid

struct ProcessIds {
  uint32_t uid = kUnset;  // real
  uint32_t euid = kUnset;
  uint32_t auid = kUnset;  // login uid
  uint32_t session = kUnset;
};

// Whom a fact is about: the process that did what it tells, as far as its source can name it, and
// when. The first member of each fact.
struct Subject {
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME; 0: see `logged`
  ProcessKey process = {};
  ProcessIds ids = {};  // at that moment
  uint32_t mount_namespace = 0;
  uint64_t program = 0;  // grows with each exec of the process; 0: not known
  uint32_t host = 0;     // which host of the stream
  // What a log says besides, by which its reader finds out which process has the number; null: the
  // start tells. Lives as long as the texts of the fact.
  const LoggedCall* logged = nullptr;
};

}  // namespace pidigree
