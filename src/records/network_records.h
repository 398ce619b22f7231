#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "src/enrich/host_lookups.h"
#include "src/enrich/patient_lookup.h"
#include "src/enrich/seen_host_names.h"
#include "src/enrich/service_names.h"
#include "src/event/network_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"
#include "src/records/udp_flows.h"

namespace pidigree {

// Writes who speaks to whom.
class NetworkRecords {
 public:
  NetworkRecords(RecordWriter& records, SeenHostNames& names, PatientLookup<IpAddress>& lookup,
                 std::string services_path)
      : records_(records), names_(names), lookup_(lookup), services_(std::move(services_path)) {}

  void SetHostLookups(HostLookups lookups) { lookups_ = lookups; }

  // The names of ports may have changed; the next record looks.
  void BeginBatch() { services_old_ = true; }

  void Write(const FlowFact& flow, const Actor& actor);

  // Exchanges of datagrams that may be written again.
  uint64_t forgotten() const { return flows_.forgotten(); }

 private:
  Value SeenName(const IpAddress& address, uint64_t now_ns);
  Value LookedUpName(const IpAddress& address);
  void LookUpHosts(const NetworkEnd& source, const NetworkEnd& destination, Record& record);

  RecordWriter& records_;
  SeenHostNames& names_;
  PatientLookup<IpAddress>& lookup_;
  HostLookups lookups_ = HostLookups::kNone;
  ServiceNames services_;
  bool services_old_ = true;
  UdpFlows flows_;
  std::string host_;  // scratch
};

}  // namespace pidigree
