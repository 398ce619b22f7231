#pragma once

#include <cstddef>

#include "src/base/result.h"

namespace pidigree {

// Work that comes in items and passes five stages. An item lives in a slot, numbered from 0; a slot
// holds one item at a time and is used again and again, so that the items in flight, and with them
// memory, are bounded by the number of slots.
//
// Read(), Apply() and Write() are serial: one call at a time, each in the order of the items.
// Parse() and Serialize() may run for several items at once. Whatever one stage stored in a slot is
// seen by the next, whichever thread runs it.
class OrderedStages {
 public:
  virtual ~OrderedStages() = default;

  // Fills the slot. False: there is nothing any more, and the slot was not used. May wait.
  virtual bool Read(size_t slot) = 0;
  virtual void Parse(size_t slot) = 0;
  virtual void Apply(size_t slot) = 0;
  virtual void Serialize(size_t slot) = 0;
  // An error ends the run.
  virtual Result<> Write(size_t slot) = 0;

  // Makes a Read() that waits on another thread return. Called after an error of Write().
  virtual void CancelRead() = 0;
};

// Slots that keep `threads` threads busy.
constexpr size_t SlotsFor(unsigned threads) { return threads == 1 ? 1 : size_t{2} * threads + 1; }

// Runs all stages over all items, on the calling thread and `threads` - 1 others. The calling
// thread alone applies, and never reads, so that what Apply() works on stays in the cache of one
// processor and a Read() that waits holds up nothing. Parsing and serializing are shared out, but
// that of two threads the caller serializes, since it has the records in its cache. Slots are
// numbered below SlotsFor(threads). One thread alone takes each item through all stages and
// never locks anything.
//
// Returns the first error of Write(); items that were under way are dropped then.
Result<> RunOrderedStages(OrderedStages& stages, unsigned threads);

// CPUs that this thread may run on, at least 1.
unsigned UsableCpus();

}  // namespace pidigree
