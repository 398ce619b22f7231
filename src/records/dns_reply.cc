#include "src/records/dns_reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "src/enrich/printable_bytes.h"

namespace pidigree {
namespace {

constexpr size_t kHeaderSize = 12;
constexpr size_t kMaxNameOctets = 255;  // RFC 1035, 2.3.4; of its wire form

// Of the header's second word.
constexpr uint16_t kResponse = 0x8000;
constexpr uint16_t kOpcode = 0x7800;
constexpr uint16_t kTruncated = 0x0200;
constexpr uint16_t kRcode = 0x000f;

constexpr uint32_t kWindowsRcode = 9000;  // DNS_ERROR_RESPONSE_CODES_BASE
constexpr uint32_t kWindowsNoRecords = 9501;

enum Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kOpt = 41,
};
constexpr uint16_t kInternet = 1;

uint16_t Word(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) << 8 |
                               static_cast<uint8_t>(bytes[at + 1]));
}

void AppendNumber(uint32_t number, std::string& out) {
  std::array<char, 10> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

// The part of a message that has not been read.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message) {}

  size_t left() const { return message_.size() - at_; }

  bool Take(size_t bytes, std::string_view& taken) {
    if (bytes > left()) return false;
    taken = message_.substr(at_, bytes);
    at_ += bytes;
    return true;
  }
  bool TakeWord(uint16_t& word) {
    std::string_view bytes;
    if (!Take(2, bytes)) return false;
    word = Word(bytes, 0);
    return true;
  }
  // Appends the name that stands next. A pointer must lead to something before everything that the
  // name has been read from so far, so that no chain of them can be a loop.
  bool TakeName(std::string& out);
  // Steps over a name without looking where a pointer leads.
  bool SkipName();

  // What stands next is read no further than `bytes` from here; Leave() goes behind that.
  struct Part {
    std::string_view message;
    size_t end;
  };
  std::optional<Part> Enter(size_t bytes) {
    if (bytes > left()) return std::nullopt;
    const Part part{message_, at_ + bytes};
    message_ = message_.substr(0, part.end);
    return part;
  }
  void Leave(const Part& part) {
    message_ = part.message;
    at_ = part.end;
  }

 private:
  std::string_view message_;
  size_t at_ = 0;
};

bool Reader::TakeName(std::string& out) {
  const size_t begin = out.size();
  size_t octets = 0;
  size_t lowest = at_;
  size_t at = at_;
  bool jumped = false;
  for (;;) {
    if (at >= message_.size()) return false;
    const auto length = static_cast<uint8_t>(message_[at]);
    if (length >= 0xc0) {
      if (at + 1 >= message_.size()) return false;
      const size_t target = Word(message_, at) & 0x3fff;
      if (!jumped) at_ = at + 2;
      jumped = true;
      if (target >= lowest) return false;
      lowest = at = target;
      continue;
    }
    if (length > 63) return false;
    octets += size_t{1} + length;
    if (octets > kMaxNameOctets || at + 1 + length > message_.size()) return false;
    ++at;
    if (length == 0) break;
    if (out.size() > begin) out += '.';
    AppendPrintable(message_.substr(at, length), '!', ".;\\", out);
    at += length;
  }
  if (!jumped) at_ = at;
  if (out.size() == begin) out += '.';
  return true;
}

bool Reader::SkipName() {
  std::string_view bytes;
  for (;;) {
    if (!Take(1, bytes)) return false;
    const auto length = static_cast<uint8_t>(bytes[0]);
    if (length == 0) return true;
    if (length >= 0xc0) return Take(1, bytes);
    if (length > 63 || !Take(length, bytes)) return false;
  }
}

struct ResourceRecord {
  uint16_t type = 0;
  uint16_t class_code = 0;
  uint32_t ttl_s = 0;
  uint16_t data_size = 0;
};

// All of a record but its data.
bool TakeRecord(Reader& reader, ResourceRecord& record) {
  uint16_t ttl_high, ttl_low;
  if (!reader.SkipName() || !reader.TakeWord(record.type) || !reader.TakeWord(record.class_code) ||
      !reader.TakeWord(ttl_high) || !reader.TakeWord(ttl_low) || !reader.TakeWord(record.data_size))
    return false;
  record.ttl_s = uint32_t{ttl_high} << 16 | ttl_low;
  return true;
}

void AppendAddress(const IpAddress& address, uint32_t ttl_s, DnsReply& reply) {
  char text[kIpAddressTextSize];
  reply.results.append(text, FormatShortIpAddress(address, text));
  reply.addresses.push_back({address, ttl_s});
}

// One behind the other, as SPF and DKIM read them.
bool AppendTexts(Reader& data, std::string& out) {
  while (data.left() > 0) {
    std::string_view size, text;
    if (!data.Take(1, size) || !data.Take(static_cast<uint8_t>(size[0]), text)) return false;
    AppendPrintable(text, ' ', ";\\", out);
  }
  return true;
}

// `reader` ends where the data of the record do.
bool AppendResult(const ResourceRecord& record, Reader& reader, DnsReply& reply) {
  std::string_view bytes;
  if (record.class_code == kInternet && record.type == kA) {
    if (reader.left() != 4 || !reader.Take(4, bytes)) return false;
    IpAddress address = IpAddress::V4(0, 0, 0, 0);
    std::ranges::copy(bytes, address.bytes.end() - 4);
    AppendAddress(address, record.ttl_s, reply);
    return true;
  }
  if (record.class_code == kInternet && record.type == kAaaa) {
    if (reader.left() != 16 || !reader.Take(16, bytes)) return false;
    IpAddress address;
    std::ranges::copy(bytes, address.bytes.begin());
    AppendAddress(address, record.ttl_s, reply);
    return true;
  }
  reply.results += "type:  ";
  AppendNumber(record.type, reply.results);
  switch (record.type) {
    case kNs:
    case kCname:
    case kSoa:
    case kPtr:
    case kDname:
      reply.results += ' ';
      return reader.TakeName(reply.results);
    case kMx:  // preference
      reply.results += ' ';
      return reader.Take(2, bytes) && reader.TakeName(reply.results);
    case kSrv:  // priority, weight, port
      reply.results += ' ';
      return reader.Take(6, bytes) && reader.TakeName(reply.results);
    case kTxt:
      reply.results += ' ';
      return AppendTexts(reader, reply.results);
    default:
      return true;
  }
}

bool ReadAnswers(Reader& reader, uint16_t count, DnsReply& reply) {
  for (; count > 0; --count) {
    ResourceRecord record;
    if (!TakeRecord(reader, record)) return false;
    const auto part = reader.Enter(record.data_size);
    if (!part) return false;
    const size_t before = reply.results.size();
    const size_t addresses_before = reply.addresses.size();
    const bool good = AppendResult(record, reader, reply);
    reader.Leave(*part);
    if (!good || reply.results.size() >= kMaxDnsResults) {
      reply.results.resize(before);
      reply.addresses.resize(addresses_before);
      return false;
    }
    reply.results += ';';
  }
  return true;
}

// The upper eight bits of RCODE stand in the OPT record of the additional section; without one, or
// if it cannot be reached, they are 0.
uint32_t UpperRcode(Reader& reader, uint32_t records) {
  for (; records > 0; --records) {
    ResourceRecord record;
    std::string_view data;
    if (!TakeRecord(reader, record) || !reader.Take(record.data_size, data)) return 0;
    if (record.type == kOpt) return record.ttl_s >> 24 << 4;
  }
  return 0;
}

}  // namespace

Result<> ReadDnsReply(std::string_view message, DnsReply& reply) {
  reply.name.clear();
  reply.results.clear();
  reply.addresses.clear();
  if (message.size() < kHeaderSize) return Fail(ErrorCode::kCorrupt, "DNS: no header");
  const uint16_t flags = Word(message, 2);
  if ((flags & kResponse) == 0 || (flags & kOpcode) != 0)
    return Fail(ErrorCode::kUnsupported, "DNS: not a reply to a query");
  if (Word(message, 4) == 0) return Fail(ErrorCode::kUnsupported, "DNS: no question");
  if (Word(message, 4) != 1) return Fail(ErrorCode::kCorrupt, "DNS: more than one question");
  const uint16_t answers = Word(message, 6);
  const uint32_t others = uint32_t{Word(message, 8)} + Word(message, 10);

  Reader reader(message);
  std::string_view bytes;
  if (!reader.Take(kHeaderSize, bytes) || !reader.TakeName(reply.name) ||
      !reader.Take(4, bytes))  // type and class
    return Fail(ErrorCode::kCorrupt, "DNS: the question is cut or no name");
  reply.id = Word(message, 0);
  reply.truncated = (flags & kTruncated) != 0;
  reply.whole = ReadAnswers(reader, answers, reply);
  uint32_t rcode = flags & kRcode;
  if (reply.whole) rcode |= UpperRcode(reader, others);
  if (rcode != 0)
    reply.status = kWindowsRcode + rcode;
  else
    reply.status = answers == 0 ? kWindowsNoRecords : 0;
  return {};
}

}  // namespace pidigree
