#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/event/event_source.h"
#include "src/event/record.h"
#include "src/serialize/serializer.h"
#include "src/sink/line_buffer.h"

namespace pidigree {

// Lines are handed over and written when there is that much of them, or no more.
inline constexpr size_t kFullBatchBytes = 512 * 1024;

// Lines of events in one form, for all destinations of that form. Nobody changes them once they are
// shared.
//
// They have the EventRecordIDs that one destination will most likely give them: first_id and those
// behind it. A destination that is so far passes the lines on as they are; another one, or one that
// has lost or said something meanwhile, puts its own numbers in their places.
struct LineBatch {
  // What else is known of a line.
  struct Line {
    UtcTime time;    // TimeCreated
    uint32_t id_at;  // where in it the EventRecordID stands
    uint16_t event;
  };

  LineBuffer lines;
  std::vector<Line> of_lines;

  uint32_t first_id = 1;
  EventSet events;                               // that are among them
  std::shared_ptr<const Serializer> serializer;  // for what a destination says itself
  UtcTime told{};       // what happened before has been told, or is in here
  bool always = false;  // of the agent itself: there is always room
  bool last = false;    // nothing comes behind

  size_t size() const { return of_lines.size(); }
  // Memory that it takes.
  size_t bytes() const {
    return sizeof *this + lines.capacity_bytes() + of_lines.capacity() * sizeof(Line);
  }
  // Appends line `i` to `out` with the number `id` in place of its own.
  void AppendTo(LineBuffer& out, size_t i, uint32_t id) const;

  void Clear() {
    lines.Clear();
    of_lines.clear();
    events.reset();
    serializer = nullptr;
    always = last = false;
  }
};

}  // namespace pidigree
