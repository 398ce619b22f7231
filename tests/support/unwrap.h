#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "src/source/audit/unwrapper.h"

namespace pidigree {

// The lines of a log that comes in pieces of `piece` bytes; the log itself if nothing is wrapped.
inline std::string Unwrap(std::string_view log, size_t piece = size_t{1} << 20) {
  const auto unwrapper = Unwrapper::Find(log);
  if (unwrapper == nullptr) return std::string(log);
  std::string lines;
  for (size_t at = 0; at < log.size(); at += piece) unwrapper->Add(log.substr(at, piece), lines);
  unwrapper->Finish(lines);
  return lines;
}

}  // namespace pidigree
