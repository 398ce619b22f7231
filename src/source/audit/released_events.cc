#include "src/source/audit/released_events.h"

#include <new>

namespace pidigree {

// calloc(3): pages that are never written stay unmapped.
void ReleasedEvents::Allocate() {
  slots_.reset(static_cast<uint32_t*>(std::calloc(kSlots, sizeof(uint32_t))));
  if (slots_ == nullptr) throw std::bad_alloc();
}

}  // namespace pidigree
