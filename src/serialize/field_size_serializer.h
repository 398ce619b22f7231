#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/serialize/serializer.h"

namespace pidigree {

// Values of `field`, in every event that has it, are written with at most `max_characters` (not
// bytes): longer ones end in "...", or are "-" if not even that has room.
struct FieldLimit {
  std::string field;
  uint32_t max_characters = 0;
};

// Shortens fields as the FieldSizes option of a configuration asks for and hands the record on. Any
// thread may call; does not allocate once the thread has shortened as much before.
class FieldSizeSerializer final : public Serializer {
 public:
  // Of several limits for one field the last counts.
  FieldSizeSerializer(std::unique_ptr<const Serializer> serializer,
                      const std::vector<FieldLimit>& limits);

  // Returns what `serializer` returns: what the configuration asks for is no loss.
  bool Append(const Record& record, size_t max_bytes, ByteBuffer& out) const override;
  size_t RecordIdAt(const EventType& event) const override {
    return serializer_->RecordIdAt(event);
  }

 private:
  struct Limit {
    size_t field = 0;  // position in the event
    size_t max_characters = 0;
  };

  const std::unique_ptr<const Serializer> serializer_;
  std::array<std::vector<Limit>, 256> limits_;  // by event id
};

}  // namespace pidigree
