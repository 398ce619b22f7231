#pragma once

#include <memory>

#include "src/event/counters.h"
#include "src/event/fact_consumer.h"
#include "src/event/record_filter.h"
#include "src/lineage/actor.h"

namespace pidigree {

// Takes the facts of lives, and knows from then on which processes there are, what they are and
// whose child each is; says whom every other fact is about. The two kinds of it differ in how they
// find that out: by the start that a fact brings (LiveLineage), or from numbers in their order
// (LogLineage). One thread.
class Lineage : public FactConsumer {
 public:
  // The process that a fact is about, made if nothing told of it before. `user` is a reference that
  // the caller releases.
  virtual Actor Meet(const Subject& subject) = 0;
  // When it happened.
  virtual UtcTime When(const Subject& subject) = 0;
  // Nothing was written of what `actor`, whom Meet() gave for `subject`, did.
  virtual void NothingWritten(const Actor& /*actor*/, const Subject& /*subject*/) {}

  virtual void BeginBatch() {}
  // Of what is written from the next batch on; null: everything is. `names_hashes`: rules do.
  virtual void SetFilter(const std::shared_ptr<const RecordFilter>& /*filter*/,
                         bool /*names_hashes*/) {}
  // Adds what its parts have counted by themselves.
  virtual void Count(Counters& counters) const = 0;
};

}  // namespace pidigree
