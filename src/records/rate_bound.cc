#include "src/records/rate_bound.h"

namespace pidigree {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

}  // namespace

bool RateBound::Admits(const ProcessKey& process, uint16_t id, UtcTime time) {
  const uint32_t most = rates_[id];
  if (most == 0) return true;
  Window& window = *windows_.FindOrAdd({process.start_ns, process.tgid, id}).first;
  // A clock that was set back ends the second, too.
  if (window.events == 0 || time < window.begin || time.ns - window.begin.ns >= kSecondNs)
    window = {time, 0};
  if (window.events == most) return false;
  ++window.events;
  return true;
}

}  // namespace pidigree
