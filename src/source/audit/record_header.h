#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pidigree {

// The part of a record before its fields.
struct RecordHeader {
  std::string_view node;  // of node=, else of the collector's header; empty: none
  uint16_t type = 0;      // linux/audit.h; 0: a name that is not known
  int64_t time_ms = 0;    // since 1970, UTC
  uint32_t serial = 0;
  std::string_view stamp;   // "audit(1700000000.123:456): ", which is the same for a whole event
  std::string_view fields;  // what follows, up to the end of the line or its next record
  std::string_view rest;    // of the line, from that record's type on
};

// "1700000000.123:456", as between the parentheses of "audit(...)".
bool ParseStamp(std::string_view text, int64_t& time_ms, uint32_t& serial);

// Reads the header of a line, in any of the forms that ParseChunk() knows. Nothing: not a record.
std::optional<RecordHeader> ParseRecordHeader(std::string_view line);

// Goes to the next record of the same line and event; false: there is none.
bool NextRecordOfLine(RecordHeader& header);

}  // namespace pidigree
