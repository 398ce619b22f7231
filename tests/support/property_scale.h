#pragma once

#include <cstddef>
#include <cstdlib>

namespace pidigree {

// Whether a sanitizer watches this program: it is slower then, and reserves much address space.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// `count`, of which a tenth is what every change is tested with, and a twentieth where sanitizers
// watch: the environment may ask for another part, PIDIGREE_PROPERTY_SCALE (1 for all of it, as
// `make soak` does). At least 1.
inline size_t ScaledCount(size_t count) {
  double scale = kSanitized ? 0.05 : 0.1;
  // Tests start no thread before they have read it.
  if (const char* text = std::getenv("PIDIGREE_PROPERTY_SCALE")) scale = std::atof(text);
  const double scaled = static_cast<double>(count) * scale;
  return scaled < 1 ? 1 : static_cast<size_t>(scaled);
}

}  // namespace pidigree
