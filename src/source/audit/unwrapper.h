#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace pidigree {

// Turns a log in which records are wrapped (src/source/audit/wrapped_records.h) into one of records
// alone. What holds none is left as it is, to be counted as malformed; entries of the journal that
// come from elsewhere are left out. Empty lines and kSameLine make lines count as in the log.
class Unwrapper {
 public:
  // Of a log that begins with `head`, not empty; null: its records are not wrapped.
  static std::unique_ptr<Unwrapper> Find(std::string_view head);

  virtual ~Unwrapper() = default;

  // Takes the next bytes, wherever they end, and appends lines to `out`. What comes at once may be
  // as long as 4 MiB and `bytes` together: a longer line is handed on unread.
  void Add(std::string_view bytes, std::string& out);
  // The log has ended.
  void Finish(std::string& out);

 private:
  // Takes whole entries from the front of `text`; returns their size.
  virtual size_t TakeEntries(std::string_view text, std::string& out) = 0;

  std::string text_;  // of an entry that has not ended
};

}  // namespace pidigree
