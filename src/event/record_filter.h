#pragma once

#include "src/event/record.h"

namespace pidigree {

// Decides which records are written.
class RecordFilter {
 public:
  virtual ~RecordFilter() = default;

  // True: keep `record`, whose RuleName (where the event has one) is then set to the deciding
  // rule's name; that text lives as long as the filter. False: drop it. Any thread may call.
  virtual bool Include(Record& record) const = 0;

  // False: it keeps no record of this type, so that none need be made.
  virtual bool CanInclude(const EventType&) const { return true; }

  // False: it keeps no record of this type that has `text` in the field at that position.
  virtual bool CanInclude(const EventType&, size_t /*field*/, std::string_view /*text*/) const {
    return true;
  }
};

}  // namespace pidigree
