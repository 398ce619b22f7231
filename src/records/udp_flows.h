#pragma once

#include <algorithm>
#include <cstdint>

#include "src/base/recent_table.h"
#include "src/event/network_fact.h"

namespace pidigree {

// Which exchanges of datagrams have been told already: each once for a process and the two ends,
// and once more when nothing was exchanged for so long that it may be another one.
class UdpFlows {
 public:
  static constexpr uint64_t kIdleNs = uint64_t{30} * 60 * 1'000'000'000;

  // `process` sent or got a datagram at `time_ns`. The one before, if the kernel remembers it, was
  // at `previous_ns`; else 0.
  bool IsNew(const ProcessKey& process, const NetworkEnd& local, const NetworkEnd& remote,
             uint64_t time_ns, uint64_t previous_ns) {
    const auto [seen_ns, is_new] = seen_ns_.FindOrAdd(
        {local.address, remote.address, process.start_ns, process.tgid, local.port, remote.port});
    const uint64_t last_ns = std::max(*seen_ns, previous_ns);
    *seen_ns = std::max(*seen_ns, time_ns);
    return is_new || time_ns >= last_ns + kIdleNs;
  }

  // Exchanges that had to be forgotten for want of room: they may be told again.
  uint64_t forgotten() const { return seen_ns_.evicted(); }

 private:
  static constexpr size_t kFlows = 16384;

  struct Key {
    IpAddress local, remote;
    uint64_t start_ns;
    uint32_t tgid;
    uint16_t local_port, remote_port;
    bool operator==(const Key&) const = default;
  };
  RecentTable<Key, uint64_t> seen_ns_{kFlows};
};

}  // namespace pidigree
