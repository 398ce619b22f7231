#include "src/records/udp_flows.h"

#include <algorithm>

namespace pidigree {

bool UdpFlows::IsNew(const ProcessKey& process, const NetworkEnd& local, const NetworkEnd& remote,
                     uint64_t time_ns, uint64_t previous_ns) {
  const auto [seen_ns, is_new] = seen_ns_.FindOrAdd(
      {local.address, remote.address, process.start_ns, process.tgid, local.port, remote.port});
  const uint64_t last_ns = std::max(*seen_ns, previous_ns);
  *seen_ns = std::max(*seen_ns, time_ns);
  return is_new || time_ns >= last_ns + kIdleNs;
}

}  // namespace pidigree
