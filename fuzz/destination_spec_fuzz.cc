#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/cli/destination_spec.h"

namespace {

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '?')
      escaped += "%3F";
    else if (c == '&')
      escaped += "%26";
    else if (c == '%')
      escaped += "%25";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace

// What is accepted is within all bounds, and its path, written again, means the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Spec = pidigree::DestinationSpec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto spec = pidigree::ParseDestination(text);
  if (!spec) return 0;
  if (spec->path.empty() != (spec->place == Spec::Place::kStandardOutput)) std::abort();
  for (const size_t always : {4u, 16u, 255u})
    if (!spec->events.test(always)) std::abort();
  if (spec->queue_bytes < Spec::kMinQueueBytes || spec->queue_bytes > Spec::kMaxQueueBytes ||
      spec->max_line_bytes.value_or(Spec::kMinLineBytes) < Spec::kMinLineBytes ||
      spec->mode.value_or(0) > 0777)
    std::abort();
  if (spec->path.empty()) return 0;
  const std::string scheme = spec->place == Spec::Place::kSyslog ? "syslog://" : "";
  const auto again = pidigree::ParseDestination(scheme + Escape(spec->path));
  if (!again || again->place != spec->place || again->path != spec->path) std::abort();
  return 0;
}
