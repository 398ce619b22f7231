#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/clock.h"
#include "src/base/recent_table.h"
#include "src/enrich/name_service.h"

namespace pidigree {

// Names of users or hosts as a name service gives them, which is waited for. Names are kept for ten
// minutes, and that there is none for one; so is an answer that nobody waited for any more. The
// last 4,096 are, about.
//
// However many names are asked for, and however slow the answers are: no call waits for longer
// than 100 ms, and all of them together for no more than a tenth of the time. A pause after each
// late answer would bound the waiting, too, but not where answers take a little less than 100 ms,
// and in it nobody would ask for what a slow service could tell meanwhile.
template <typename Key>
class PatientLookup {
 public:
  // `service` may be null: nobody is asked. Both must outlive the lookup.
  PatientLookup(NameService<Key>* service, const Clock& clock) : service_(service), clock_(clock) {}

  struct Name {
    std::string text;       // any bytes; empty: there is none, or none in time
    uint64_t until_ns = 0;  // on the clock: nobody will be asked again before
  };

  // A reference until the next call.
  const Name& Find(const Key& key) {
    if (service_ == nullptr) return nobody_;
    const uint64_t now_ns = clock_.BootNs();
    if (const auto late = service_->TakeLate()) Learn(late->key, late->name, now_ns);
    if (const Name* const known = names_.Find(key); known != nullptr && now_ns < known->until_ns)
      return *known;

    patience_ns_ = std::min(kPatienceNs, patience_ns_ + (now_ns - looked_ns_) / 10);
    const auto name = service_->Ask(key, std::chrono::nanoseconds(patience_ns_));
    looked_ns_ = clock_.BootNs();
    patience_ns_ -= std::min(patience_ns_, looked_ns_ - now_ns);
    if (name) return Learn(key, *name, looked_ns_);
    ++late_;
    return unanswered_;
  }

  // Calls that gave no name since no answer came in time.
  uint64_t late() const { return late_; }

 private:
  static constexpr size_t kNames = 4096;
  static constexpr size_t kMaxName = 1024;  // bytes that getnameinfo(3) gives: NI_MAXHOST
  static constexpr uint64_t kPatienceNs = 100'000'000;
  static constexpr uint64_t kKeepNameNs = 600'000'000'000;
  static constexpr uint64_t kKeepNobodyNs = 60'000'000'000;

  const Name& Learn(const Key& key, std::string_view name, uint64_t now_ns) {
    Name& known = *names_.FindOrAdd(key).first;
    known.text = name.substr(0, kMaxName);
    known.until_ns = now_ns + (name.empty() ? kKeepNobodyNs : kKeepNameNs);
    return known;
  }

  NameService<Key>* const service_;
  const Clock& clock_;
  const Name nobody_{.text = {}, .until_ns = UINT64_MAX};
  const Name unanswered_;
  RecentTable<Key, Name> names_{kNames};
  uint64_t patience_ns_ = kPatienceNs;  // what is left of it at looked_ns_; comes back slowly
  uint64_t looked_ns_ = 0;
  uint64_t late_ = 0;
};

}  // namespace pidigree
