#pragma once

#include <cstdint>

#include "src/base/byte_buffer.h"
#include "src/event/record.h"

namespace pidigree {

enum class LineFormat : uint8_t { kXml, kJson };
inline constexpr size_t kLineFormats = 2;

// EventRecordID is below 2^31.
inline constexpr uint32_t kMaxRecordId = 0x7fffffff;
inline constexpr size_t kMaxRecordIdSize = 10;  // digits

// What stands in <System> of every record of one run. `translate` leaves all at 0, so that the same
// log gives the same bytes.
struct Writer {
  uint32_t process_id = 0;  // <Execution>
  uint32_t thread_id = 0;
  uint32_t user_id = 0;  // <Security>
};

// Turns records into lines. Const and free of state: any thread may call it.
class Serializer {
 public:
  virtual ~Serializer() = default;

  // Appends `record` as one line without its newline. A line longer than `max_bytes` (0: no limit)
  // has its longest values shortened, each ending in "..."; the form stays whole. Returns whether
  // anything was shortened.
  virtual bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const = 0;

  // Where in a line of `event` the EventRecordID stands, whatever its values are.
  virtual size_t RecordIdAt(const EventType& event) const = 0;
};

}  // namespace pidigree
