#include "src/pipeline/record_ids.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "src/base/read_file.h"
#include "src/base/replace_file.h"

namespace pidigree {
namespace {

constexpr size_t kMaxFile = 64;

bool TakeId(std::string_view& text, char end, uint32_t& id) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const auto size = static_cast<size_t>(stop - text.data());
  if (error != std::errc() || size == text.size() || *stop != end) return false;
  text.remove_prefix(size + 1);
  return id >= 1 && id <= RecordIds::kMax;
}

Result<> Store(const std::string& path, uint32_t next, uint32_t end) {
  return ReplaceFile(path, std::to_string(next) + " " + std::to_string(end) + "\n");
}

}  // namespace

Result<RecordIds> RecordIds::Open(std::string path) {
  uint32_t next = 1;
  uint32_t end = 1;
  const Result<std::string> text = ReadFile(path, kMaxFile);
  if (text) {
    std::string_view rest = *text;
    if (!TakeId(rest, ' ', next) || !TakeId(rest, '\n', end) || !rest.empty())
      return Fail(ErrorCode::kCorrupt,
                  path + " does not hold two record ids; without it ids start from 1 again");
  } else if (text.error().code != ErrorCode::kNotFound) {
    return Fail(text.error());
  }
  RecordIds ids(std::move(path), end);
  if (next != end) ids.gap_ = Gap{next, Advance(end, kMax - 1)};
  if (Result<> reserved = ids.Reserve(); !reserved) return Fail(reserved.error());
  return ids;
}

void RecordIds::Skip(uint64_t count) {
  next_ = Advance(next_, count);
  if (count < reserved_)
    reserved_ -= static_cast<uint32_t>(count);
  else
    reserved_ = 0;  // Next() makes the new reservation
}

Result<> RecordIds::Reserve() {
  reserved_ = kBatch;
  return Store(path_, next_, Advance(next_, kBatch));
}

uint32_t RecordIds::Next() {
  if (reserved_ == 0) {
    const Result<> stored = Reserve();
    error_ = stored ? std::nullopt : std::optional(stored.error());
  }
  --reserved_;
  return std::exchange(next_, Advance(next_, 1));
}

Result<> RecordIds::Close() { return Store(path_, next_, next_); }

}  // namespace pidigree
