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

// `count` as often as the environment asks for: PIDIGREE_PROPERTY_SCALE, by default 1, or 0.1 where
// a sanitizer makes each of them slow. At least 1.
inline size_t ScaledCount(size_t count) {
  double scale = kSanitized ? 0.1 : 1;
  // Tests start no thread before they have read it.
  if (const char* text = std::getenv("PIDIGREE_PROPERTY_SCALE")) scale = std::atof(text);
  const double scaled = static_cast<double>(count) * scale;
  return scaled < 1 ? 1 : static_cast<size_t>(scaled);
}

}  // namespace pidigree
