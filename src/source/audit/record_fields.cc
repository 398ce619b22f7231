#include "src/source/audit/record_fields.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>

#include "src/base/hex.h"
#include "src/base/parse_number.h"
#endif

namespace pidigree {
namespace {

// A value of an EXECVE record.
struct ArgumentValue {
  size_t chars;  // as in the record, without quotes
  bool torn;     // the closing quote is missing
};

// Appends the value at `at`, decoded, and goes behind it.
ArgumentValue AppendValue(const char*& at, const char* end, char*& out) {
  if (at != end && *at == '"') {
    const char* begin = at + 1;
    const char* stop = CopyToQuote(begin, end, out);
    const auto size = static_cast<size_t>(stop - begin);
    out += size;
    at = stop == end ? end : stop + 1;
    return {size, stop == end};
  }
  const char* begin = at;
  while (at != end && *at != ' ' && *at != kEnrichment) ++at;
  const std::string_view digits(begin, static_cast<size_t>(at - begin));
  const size_t decoded = DecodeHex(digits, out);
  if (decoded != 0) {
    out += decoded;
  } else if (!digits.empty()) {
    std::memcpy(out, digits.data(), digits.size());
    out += digits.size();
  }
  return {digits.size(), false};
}

// Goes behind a value.
void SkipValue(const char*& at, const char* end) {
  const char stop = at != end && *at == '"' ? '"' : ' ';
  if (stop == '"') ++at;
  const void* found = std::memchr(at, stop, static_cast<size_t>(end - at));
  at = found != nullptr ? static_cast<const char*>(found) + 1 : end;
}

// Goes behind a number. More digits than an argument count can have give kUnset.
uint32_t TakeNumber(const char*& at, const char* end) {
  uint64_t number = 0;
  for (; at != end && *at >= '0' && *at <= '9'; ++at) {
    if (number < kUnset) number = number * 10 + static_cast<uint64_t>(*at - '0');
  }
  return number < kUnset ? static_cast<uint32_t>(number) : kUnset;
}

bool Take(const char*& at, const char* end, std::string_view word) {
  if (!std::string_view(at, static_cast<size_t>(end - at)).starts_with(word)) return false;
  at += word.size();
  return true;
}

}  // namespace

bool FieldReader::Next() {
  while (at_ != end_ && *at_ == ' ') ++at_;
  const char* name = at_;
  while (at_ != end_ && *at_ != '=') {
    // Words without a value, as in "avc:  denied  { read } for  pid=1", are passed over.
    if (*at_ == ' ') name = at_ + 1;
    if (*at_ == kEnrichment) return false;
    ++at_;
  }
  if (at_ == end_) return false;
  name_ = {name, static_cast<size_t>(at_ - name)};
  ++at_;
  quoted_ = false;
  if (at_ != end_ && *at_ == '\'') return false;
  if (at_ != end_ && *at_ == '"') {
    quoted_ = true;
    ++at_;
    const void* close = std::memchr(at_, '"', static_cast<size_t>(end_ - at_));
    torn_ = close == nullptr;
    const char* stop = torn_ ? end_ : static_cast<const char*>(close);
    value_ = {at_, static_cast<size_t>(stop - at_)};
    at_ = torn_ ? end_ : stop + 1;
    return true;
  }
  const char* value = at_;
  while (at_ != end_ && *at_ != ' ' && *at_ != kEnrichment) ++at_;
  value_ = {value, static_cast<size_t>(at_ - value)};
  return true;
}

bool ParseDecimal(std::string_view text, uint32_t& value) {
  // The kernel prints an unset id as 4294967295 or -1.
  if (text == "-1") {
    value = kUnset;
    return true;
  }
  return ParseNumber(text, value);
}

bool ParseSignedDecimal(std::string_view text, int64_t& value) { return ParseNumber(text, value); }

bool ParseHex(std::string_view text, uint64_t& value) { return ParseNumber(text, value, 16); }

// Sixteen bytes at a time, as long as there are so many before `end`.
const char* CopyToQuote(const char* from, const char* end, char* to) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  while (end - from >= static_cast<ptrdiff_t>(kSlack)) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote));
    if (found != 0) return from + __builtin_ctz(static_cast<unsigned>(found));
    from += kSlack;
    to += kSlack;
  }
#endif
  const void* close = std::memchr(from, '"', static_cast<size_t>(end - from));
  const char* stop = close != nullptr ? static_cast<const char*>(close) : end;
  if (stop != from) std::memcpy(to, from, static_cast<size_t>(stop - from));
  return stop;
}

size_t DecodeHex(std::string_view digits, char* out) {
  if (digits.size() % 2 != 0) return 0;
  uint8_t wrong = 0;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const uint8_t high = HexValue(digits[i]);
    const uint8_t low = HexValue(digits[i + 1]);
    wrong = static_cast<uint8_t>(wrong | high | low);
    out[i / 2] = static_cast<char>(high << 4 | low);
  }
  return (wrong & 0xf0) != 0 ? 0 : digits.size() / 2;
}

std::string_view KeepText(std::string_view text, char*& arena) {
  if (text.empty()) return {};
  char* copy = arena;
  std::memcpy(copy, text.data(), text.size());
  arena += text.size();
  return {copy, text.size()};
}

std::string_view ReadString(std::string_view value, bool quoted, char*& arena) {
  if (quoted) return KeepText(value, arena);
  if (value == "(null)" || value == "(none)" || value == "?") return {};
  const size_t decoded = DecodeHex(value, arena);
  if (decoded == 0) return KeepText(value, arena);
  const std::string_view text(arena, decoded);
  arena += decoded;
  return text;
}

namespace {

// The kernel begins another record (MAX_EXECVE_AUDIT_LEN of kernel/auditsc.c is 7,500) when less
// than about 100 characters are left of one.
constexpr size_t kFullExecve = 7000;

// Reads the fields of one EXECVE record behind what others of its event have brought.
class ExecveReader {
 public:
  ExecveReader(std::string_view fields, size_t max_absent, ArgvProgress& progress, char* out)
      : at_(fields.data()),
        end_(at_ + fields.size()),
        is_full_(fields.size() >= kFullExecve),
        max_absent_(max_absent),
        progress_(progress),
        out_(out) {}

  void Read() {
    SkipBlanks();
    if (Take(at_, end_, "argc=")) {
      if (progress_.started) return;  // the same record again
      fresh_ = true;
      progress_.started = true;
      progress_.count = TakeNumber(at_, end_);
      progress_.broken = progress_.count == kUnset;
    } else if (!progress_.started) {
      fresh_ = true;
      // Else the first record is lost, and nobody knows where these belong.
      const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
      progress_.started = rest.starts_with("a0=") || rest.starts_with("a0_len=");
      if (!progress_.started) return;
    }
    while (!progress_.broken && ReadField()) progress_.may_go_on = false;
    progress_.may_go_on |= is_full_;
  }

  char* out() const { return out_; }
  bool fresh() const { return fresh_; }

 private:
  void SkipBlanks() {
    while (at_ != end_ && *at_ == ' ') ++at_;
  }
  // Adds what is absent before `argument`; false: it is not known to be empty.
  bool FillUpTo(uint32_t argument);
  // False: nothing of arguments comes any more.
  bool ReadField();
  // What follows the name of `argument`; `known`: it has been read already.
  void ReadWhole(uint32_t argument, bool known);
  void ReadLength(bool known);
  void ReadPart(uint32_t argument, bool known);

  const char* at_;
  const char* const end_;
  const bool is_full_;
  size_t max_absent_;
  ArgvProgress& progress_;
  char* out_;
  bool fresh_ = false;
};

bool ExecveReader::FillUpTo(uint32_t argument) {
  const size_t absent = argument - progress_.next_argument;
  if (absent > max_absent_ || progress_.InArgument() || progress_.may_go_on) return false;
  const size_t blanks = absent - (progress_.next_argument == 0);
  std::memset(out_, ' ', blanks);
  out_ += blanks;
  max_absent_ -= absent;
  progress_.next_argument = argument;
  return true;
}

bool ExecveReader::ReadField() {
  SkipBlanks();
  if (at_ == end_ || *at_ != 'a') return false;
  const char* const name = at_++;
  const uint32_t argument = TakeNumber(at_, end_);
  const bool known = argument < progress_.next_argument;
  if (argument > progress_.next_argument && !FillUpTo(argument)) {
    fresh_ = true;
    progress_.broken = true;
  } else if (Take(at_, end_, "=")) {
    ReadWhole(argument, known);
  } else if (Take(at_, end_, "_len=")) {
    ReadLength(known);
  } else if (Take(at_, end_, "[")) {
    ReadPart(argument, known);
  } else {
    // No argument's name.
    at_ = name;
    SkipValue(at_, end_);
  }
  return true;
}

void ExecveReader::ReadWhole(uint32_t argument, bool known) {
  if (known) return SkipValue(at_, end_);
  fresh_ = true;
  progress_.broken = progress_.InArgument();
  if (progress_.broken) return;
  if (argument > 0) *out_++ = ' ';
  progress_.broken = AppendValue(at_, end_, out_).torn;
  progress_.next_argument += !progress_.broken;
}

void ExecveReader::ReadLength(bool known) {
  const uint32_t length = TakeNumber(at_, end_);
  if (known || progress_.InArgument()) return;
  fresh_ = true;
  progress_.part_chars_left = length;
  progress_.broken = length == kUnset;
}

void ExecveReader::ReadPart(uint32_t argument, bool known) {
  const uint32_t part = TakeNumber(at_, end_);
  if (!Take(at_, end_, "]=")) {
    progress_.broken = true;
    return;
  }
  if (known || part < progress_.next_part) return SkipValue(at_, end_);
  fresh_ = true;
  progress_.broken = part > progress_.next_part || progress_.part_chars_left == 0;
  if (progress_.broken) return;
  if (part == 0 && argument > 0) *out_++ = ' ';
  const ArgumentValue value = AppendValue(at_, end_, out_);
  progress_.broken = value.torn;
  if (value.chars < progress_.part_chars_left) {
    progress_.part_chars_left -= static_cast<uint32_t>(value.chars);
    ++progress_.next_part;
  } else {
    progress_.part_chars_left = 0;
    progress_.next_part = 0;
    ++progress_.next_argument;
  }
}

}  // namespace

char* ReadExecve(std::string_view fields, size_t max_absent, ArgvProgress& progress, char* out,
                 bool& fresh) {
  ExecveReader reader(fields, max_absent, progress, out);
  reader.Read();
  fresh = reader.fresh();
  return reader.out();
}

size_t AbsentAtEnd(const ArgvProgress& progress) {
  const bool known = progress.started && !progress.broken && !progress.InArgument() &&
                     !progress.may_go_on && progress.next_argument < progress.count;
  const size_t absent = known ? progress.count - progress.next_argument : 0;
  return absent <= kMaxAbsentArguments ? absent : 0;
}

ExecvePosition PositionOfExecve(std::string_view fields) {
  const char* at = fields.data();
  const char* end = at + fields.size();
  while (at != end && *at == ' ') ++at;
  ExecvePosition position;
  if (!Take(at, end, "a")) return position;
  position.argument = TakeNumber(at, end);
  if (Take(at, end, "[")) position.part = TakeNumber(at, end);
  return position;
}

}  // namespace pidigree
