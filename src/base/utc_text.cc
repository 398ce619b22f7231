#include "src/base/utc_text.h"

#include <array>
#include <chrono>
#include <cstring>

namespace pidigree {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

// Two digits for each number below 100.
constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* PutPair(char* out, uint32_t number) {
  std::memcpy(out, &kDigitPairs[2 * number], 2);
  return out + 2;
}

// YYYY-MM-DD?hh:mm:ss with `between` for the question mark. Returns the nanoseconds of the second.
uint32_t PutSeconds(int64_t ns, char between, char* out) {
  int64_t seconds = ns / kNsPerSecond;
  int64_t rest = ns % kNsPerSecond;
  if (rest < 0) {
    --seconds;
    rest += kNsPerSecond;
  }
  int64_t days = seconds / kSecondsPerDay;
  int64_t second_of_day = seconds % kSecondsPerDay;
  if (second_of_day < 0) {
    --days;
    second_of_day += kSecondsPerDay;
  }
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days))));
  const auto year = static_cast<uint32_t>(static_cast<int>(date.year()));
  const auto time = static_cast<uint32_t>(second_of_day);
  out = PutPair(PutPair(out, year / 100), year % 100);
  *out++ = '-';
  out = PutPair(out, static_cast<unsigned>(date.month()));
  *out++ = '-';
  out = PutPair(out, static_cast<unsigned>(date.day()));
  *out++ = between;
  out = PutPair(out, time / 3600);
  *out++ = ':';
  out = PutPair(out, time / 60 % 60);
  *out++ = ':';
  PutPair(out, time % 60);
  return static_cast<uint32_t>(rest);
}

constexpr size_t kSecondsSize = 19;  // what PutSeconds writes

// Takes what is expected from the front of a text; remembers whether it was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Exactly `digits` decimal digits.
  int Number(size_t digits) {
    int number = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char c = Next();
      if (c < '0' || c > '9') ok_ = false;
      number = number * 10 + (c - '0');
    }
    return ok_ ? number : 0;
  }
  void Expect(char c) { ok_ &= Next() == c; }
  bool Take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == any_of.npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  char Peek() const { return text_.empty() ? '\0' : text_.front(); }
  bool AtEnd() const { return text_.empty(); }
  void Require(bool holds) { ok_ &= holds; }
  bool ok() const { return ok_; }

 private:
  char Next() {
    const char c = Peek();
    if (text_.empty())
      ok_ = false;
    else
      text_.remove_prefix(1);
    return c;
  }

  std::string_view text_;
  bool ok_ = true;
};

// One to nine digits of a second, as nanoseconds.
int64_t ReadFraction(Reader& reader) {
  int64_t fraction = 0;
  int64_t unit = kNsPerSecond;
  do {
    unit /= 10;
    fraction += unit * reader.Number(1);
  } while (unit > 1 && reader.ok() && reader.Peek() >= '0' && reader.Peek() <= '9');
  return fraction;
}

}  // namespace

void FormatUtcMilliseconds(int64_t ns, char* out) {
  const uint32_t milliseconds = PutSeconds(ns, ' ', out) / 1'000'000;
  out += kSecondsSize;
  *out++ = '.';
  *out++ = static_cast<char>('0' + milliseconds / 100);
  PutPair(out, milliseconds % 100);
}

void FormatUtcNanoseconds(int64_t ns, char* out) {
  const uint32_t fraction = PutSeconds(ns, 'T', out);
  out += kSecondsSize;
  *out++ = '.';
  *out++ = static_cast<char>('0' + fraction / 100'000'000);
  out = PutPair(out, fraction / 1'000'000 % 100);
  out = PutPair(out, fraction / 10'000 % 100);
  out = PutPair(out, fraction / 100 % 100);
  out = PutPair(out, fraction % 100);
  *out = 'Z';
}

std::string UtcText(int64_t ns) {
  std::string text(kUtcMillisecondsSize, '\0');
  FormatUtcMilliseconds(ns, text.data());
  return text;
}

std::optional<int64_t> ParseUtcTime(std::string_view text) {
  Reader reader(text);
  const std::chrono::year year(reader.Number(4));
  reader.Expect('-');
  const std::chrono::month month(static_cast<unsigned>(reader.Number(2)));
  reader.Expect('-');
  const std::chrono::day day(static_cast<unsigned>(reader.Number(2)));
  const std::chrono::year_month_day date(year, month, day);
  // Whole years that fit in 64 bits of nanoseconds.
  reader.Require(date.ok() && year >= std::chrono::year(1678) && year <= std::chrono::year(2261));
  if (!reader.ok()) return std::nullopt;

  int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * kSecondsPerDay;
  int64_t fraction = 0;
  if (!reader.AtEnd()) {
    reader.Require(reader.Take(" Tt"));
    const int hour = reader.Number(2);
    reader.Expect(':');
    const int minute = reader.Number(2);
    const int second = reader.Take(":") ? reader.Number(2) : 0;
    if (reader.Take(".")) fraction = ReadFraction(reader);
    reader.Require(hour < 24 && minute < 60 && second < 60);
    seconds += hour * 3600 + minute * 60 + second;

    const bool west = reader.Peek() == '-';
    if (!reader.Take("Zz") && reader.Take("+-")) {
      const int hours = reader.Number(2);
      reader.Expect(':');
      const int minutes = reader.Number(2);
      reader.Require(hours < 24 && minutes < 60);
      const int offset = hours * 3600 + minutes * 60;
      seconds += west ? offset : -offset;
    }
  }
  if (!reader.ok() || !reader.AtEnd()) return std::nullopt;
  return seconds * kNsPerSecond + fraction;
}

}  // namespace pidigree
