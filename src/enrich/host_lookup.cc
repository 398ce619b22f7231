#include "src/enrich/host_lookup.h"

#include <algorithm>

#include "src/enrich/printable_bytes.h"

namespace pidigree {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kKeepName = 600 * kSecond;
constexpr uint64_t kKeepNobody = 60 * kSecond;
constexpr size_t kMaxName = 1024;  // bytes that getnameinfo(3) gives: NI_MAXHOST

}  // namespace

std::string_view HostLookup::Find(const IpAddress& address) {
  if (service_ == nullptr) return {};
  const uint64_t now_ns = clock_.BootNs();
  if (const auto late = service_->TakeLate()) Learn(late->key, late->name, now_ns);
  if (const Name* const known = names_.Find(address); known != nullptr && now_ns < known->until_ns)
    return known->text;

  patience_ns_ = std::min(kPatienceNs, patience_ns_ + (now_ns - looked_ns_) / 10);
  const auto name = service_->Ask(address, std::chrono::nanoseconds(patience_ns_));
  looked_ns_ = clock_.BootNs();
  patience_ns_ -= std::min(patience_ns_, looked_ns_ - now_ns);
  if (name) return Learn(address, *name, looked_ns_);
  ++late_;
  return {};
}

std::string_view HostLookup::Learn(const IpAddress& address, std::string_view name,
                                   uint64_t now_ns) {
  Name& known = *names_.FindOrAdd(address).first;
  known.text.clear();
  AppendPrintable(name.substr(0, kMaxName), '!', "", known.text);
  known.until_ns = now_ns + (name.empty() ? kKeepNobody : kKeepName);
  return known.text;
}

}  // namespace pidigree
