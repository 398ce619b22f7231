#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "src/enrich/host_lookup.h"
#include "src/enrich/live_actor.h"
#include "src/enrich/live_records.h"
#include "src/enrich/seen_host_names.h"
#include "src/enrich/service_names.h"
#include "src/enrich/udp_flows.h"
#include "src/event/kernel_network_fact.h"

namespace pidigree {

// Writes who speaks to whom.
class NetworkRecords {
 public:
  NetworkRecords(LiveRecords& records, SeenHostNames& names, HostLookup& lookup,
                 std::string services_path)
      : records_(records), names_(names), lookup_(lookup), services_(std::move(services_path)) {}

  void SetHostLookups(HostLookups lookups) { lookups_ = lookups; }

  // The names of ports may have changed; the next record looks.
  void Refresh() { services_old_ = true; }

  void Write(const KernelFlow& flow, const LiveActor& actor);

  // Exchanges of datagrams that may be written again.
  uint64_t forgotten() const { return flows_.forgotten(); }

 private:
  Value SeenName(const IpAddress& address, uint64_t now_ns);
  void LookUpHosts(const NetworkEnd& source, const NetworkEnd& destination, Record& record);

  LiveRecords& records_;
  SeenHostNames& names_;
  HostLookup& lookup_;
  HostLookups lookups_ = HostLookups::kNone;
  ServiceNames services_;
  bool services_old_ = true;
  UdpFlows flows_;
};

}  // namespace pidigree
