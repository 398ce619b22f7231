#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// Before what auditd adds to a record in ENRICHED format.
constexpr char kEnrichment = '\x1d';

// What some programs begin a file with.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Fields of one audit record, "name=value name=value ...": what stands after "audit(...): ".
//
// A value in double quotes is literal and ends at the next quote; any other ends at a blank. The
// kernel writes a string that holds a quote, a blank or a byte outside ASCII in hexadecimal
// instead.
class FieldReader {
 public:
  explicit FieldReader(std::string_view fields)
      : at_(fields.data()), end_(fields.data() + fields.size()) {}

  // Goes to the next field. False at the end, or at a value in single quotes: what user space put
  // into its message.
  bool Next();

  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }  // without its quotes
  bool quoted() const { return quoted_; }
  bool torn() const { return torn_; }  // the closing quote is missing

 private:
  const char* at_;
  const char* end_;
  std::string_view name_;
  std::string_view value_;
  bool quoted_ = false;
  bool torn_ = false;
};

// The whole of `text` as a number of the given base; false, `value` unchanged, if it is none or out
// of range.
bool ParseDecimal(std::string_view text, uint32_t& value);
bool ParseSignedDecimal(std::string_view text, int64_t& value);
bool ParseHex(std::string_view text, uint64_t& value);

// Decodes pairs of hexadecimal digits to `out`, which has room for half of `digits`. Returns the
// number of bytes; 0 if `digits` is empty, odd in length or holds anything else.
size_t DecodeHex(std::string_view digits, char* out);

// A copy of `text` at `arena`, which moves on.
std::string_view KeepText(std::string_view text, char*& arena);

// A copy of the string that an untrusted field holds, at `arena`, which moves on. "(null)",
// "(none)" and "?" are no string; an unquoted value that is not hexadecimal is itself.
std::string_view ReadString(std::string_view value, bool quoted, char*& arena);

// Copies the text from `from` up to the next double quote, which is returned, or to `end`. Writes
// up to kSlack - 1 bytes behind the copy.
constexpr size_t kSlack = 16;
const char* CopyToQuote(const char* from, const char* end, char* to);

// Adds the arguments of one EXECVE record to a text, joined by single blanks. `out` is where the
// text goes on, with room for fields.size() + max_absent + kSlack bytes; returns its new end.
// Arguments that were there before are left out; false in `fresh` says that all of them were.
//
// Kernels before 5.0 leave empty arguments out: one that is absent between two of a record, or
// behind a record that had room for it, is empty. More than `max_absent` of them break the text.
char* ReadExecve(std::string_view fields, size_t max_absent, ArgvProgress& progress, char* out,
                 bool& fresh);

// More arguments without a text than this are no call's, but an attack on our memory.
constexpr size_t kMaxAbsentArguments = 128 * 1024;

// Arguments of the call that stand in none of its records and yet are known: they are empty.
size_t AbsentAtEnd(const ArgvProgress& progress);

// Where an EXECVE record stands among those of its event, whatever the order of the log.
struct ExecvePosition {
  uint32_t argument = 0;
  uint32_t part = 0;
  auto operator<=>(const ExecvePosition&) const = default;
};
ExecvePosition PositionOfExecve(std::string_view fields);

}  // namespace pidigree
