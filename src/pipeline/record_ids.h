#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/result.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// Gives out EventRecordIDs: 1, 2, ... 2^31 - 1, then 1 again; the next run goes on where this one
// stopped. After Close() without a gap; after a crash or a power failure no number comes twice, and
// at most kBatch are left out. One thread.
//
// The state file holds "NEXT END": numbers from NEXT to before END may have been given out. It is
// replaced, and waited for until it is on the disk, before the first number of each batch is used.
// If that fails, numbers go on, and error() says why: only a crash before the next success would
// then give them out again.
class RecordIds {
 public:
  static constexpr uint32_t kBatch = 8192;
  static constexpr uint32_t kMax = kMaxRecordId;

  // Numbers that the run before may or may not have used when it crashed; both ends included.
  struct Gap {
    uint32_t first = 0;
    uint32_t last = 0;
  };

  // `count` numbers behind `id`.
  static uint32_t Advance(uint32_t id, uint64_t count) {
    const uint64_t at = id - 1 + count;
    return static_cast<uint32_t>(at < kMax ? at : at % kMax) + 1;
  }

  // Errors: as ReadFile() and ReplaceFile(); kCorrupt if `path` holds something else. A file that
  // is not there is a first run.
  static Result<RecordIds> Open(std::string path);

  uint32_t Next();
  // What Next() will return.
  uint32_t peek() const { return next_; }
  // As Next() `count` times: numbers of what is lost.
  void Skip(uint64_t count);

  // Numbers are used up to here: the next run follows without a gap.
  //
  // Errors: as ReplaceFile().
  Result<> Close();

  // Set by Open() if the run before did not Close().
  const std::optional<Gap>& gap() const { return gap_; }

  // Why the batch in use could not be stored; null if it was.
  const Error* error() const { return error_ ? &*error_ : nullptr; }

 private:
  RecordIds(std::string path, uint32_t next) : path_(std::move(path)), next_(next) {}

  Result<> Reserve();

  std::string path_;
  uint32_t next_;          // in [1, kMax]
  uint32_t reserved_ = 0;  // how many from next_ on may be given out
  std::optional<Gap> gap_;
  std::optional<Error> error_;
};

}  // namespace pidigree
