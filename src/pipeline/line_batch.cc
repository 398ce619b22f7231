#include "src/pipeline/line_batch.h"

#include <array>
#include <charconv>
#include <string_view>

#include "src/pipeline/record_ids.h"

namespace pidigree {
namespace {

std::string_view Digits(uint32_t id, std::array<char, kMaxRecordIdSize>& room) {
  return {room.data(), std::to_chars(room.data(), room.data() + room.size(), id).ptr};
}

}  // namespace

void LineBatch::AppendTo(LineBuffer& out, size_t i, uint32_t id) const {
  std::array<char, kMaxRecordIdSize> room;
  const std::string_view line = lines.line(i);
  const size_t id_at = of_lines[i].id_at;
  const size_t behind = id_at + Digits(RecordIds::Advance(first_id, i), room).size();
  out.bytes().Append(line.substr(0, id_at));
  out.bytes().Append(Digits(id, room));
  out.bytes().Append(line.substr(behind));
  out.EndLine();
}

}  // namespace pidigree
