#pragma once

#include <cstdint>

namespace pidigree {

// The PID namespace that a process lives in, as far as a log tells. fork and wait4 return the
// numbers of the caller's namespace to it; pid= and ppid= are those of the initial one.
enum class PidSpace : uint32_t {
  kUnknown,  // any
  kInitial,
  kInner,  // another than the initial one
  kFirst,  // this value and each above it: a certain one that began within the log
};

constexpr bool IsInner(PidSpace space) { return space >= PidSpace::kInner; }
constexpr bool IsCertain(PidSpace space) { return space >= PidSpace::kFirst; }

constexpr bool MayBeOne(PidSpace a, PidSpace b) {
  if (a == b || a == PidSpace::kUnknown || b == PidSpace::kUnknown) return true;
  return IsInner(a) && IsInner(b) && !(IsCertain(a) && IsCertain(b));
}

}  // namespace pidigree
