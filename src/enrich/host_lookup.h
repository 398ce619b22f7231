#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/clock.h"
#include "src/base/ip_address.h"
#include "src/base/recent_table.h"
#include "src/enrich/name_service.h"

namespace pidigree {

// What the configuration has the names of hosts looked up for.
enum class HostLookups : uint8_t {
  kNone,
  kOfWritten,  // events that passed the rules, which do not name the fields
  kOfAll,      // events before the rules decide
};

// Names of addresses as the name service gives them, which is waited for. Names are kept for ten
// minutes, and that there is none for one; so is an answer that nobody waited for any more.
//
// However many addresses are asked for, and however slow the answers are: no call waits for longer
// than 100 ms, and all of them together for no more than a tenth of the time.
class HostLookup {
 public:
  // `service` may be null: nobody is asked. Both must outlive the lookup.
  HostLookup(HostNameService* service, const Clock& clock) : service_(service), clock_(clock) {}

  // Printable ASCII; empty if there is no name, or none in time. A view until the next call.
  std::string_view Find(const IpAddress& address);

  // Calls that gave no name since no answer came in time.
  uint64_t late() const { return late_; }

 private:
  static constexpr size_t kNames = 4096;
  static constexpr uint64_t kPatienceNs = 100'000'000;

  struct Name {
    std::string text;
    uint64_t until_ns = 0;
  };
  std::string_view Learn(const IpAddress& address, std::string_view name, uint64_t now_ns);

  HostNameService* const service_;
  const Clock& clock_;
  RecentTable<IpAddress, Name> names_{kNames};
  uint64_t patience_ns_ = kPatienceNs;  // what is left of it at looked_ns_; comes back slowly
  uint64_t looked_ns_ = 0;
  uint64_t late_ = 0;
};

}  // namespace pidigree
