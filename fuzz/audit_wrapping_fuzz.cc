// Whatever the order of a record's fields, the fast reader and the plain one say the same, and
// whatever a collector has wrapped the record in, it says the same as in a file.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/same_fragments.h"
#include "tests/support/unwrap.h"

namespace pidigree {
namespace {

constexpr std::string_view kStamp = "1700000000.123:456";

struct AuditRecord {
  std::string type;
  std::string fields;

  std::string Line() const {
    return "type=" + type + " msg=audit(" + std::string(kStamp) + "): " + fields;
  }
};

// None of these letters can begin another record.
std::string ConsumeText(FuzzedDataProvider& input) {
  constexpr std::string_view kLetters = "ab1F/ \"'=\x1d()_,\\{}[]:\xe4";
  std::string text;
  for (size_t left = input.ConsumeIntegralInRange<size_t>(0, 12); left > 0; --left)
    text += kLetters[input.ConsumeIntegralInRange<size_t>(0, kLetters.size() - 1)];
  return text;
}

std::string ConsumeValue(FuzzedDataProvider& input, std::string_view usual) {
  switch (input.ConsumeIntegralInRange<int>(0, 7)) {
    case 0:
      return ConsumeText(input);
    case 1:
      return "\"" + std::string(usual) + "\"";
    case 2:
      return "\"" + ConsumeText(input) + "\"";
    default:
      return std::string(usual);
  }
}

AuditRecord ConsumeCall(FuzzedDataProvider& input) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kFields = {{
      {"arch", "c000003e"}, {"syscall", "56"}, {"success", "yes"}, {"exit", "321"},
      {"a0", "3d0f00"},     {"a1", "0"},       {"a2", "0"},        {"a3", "0"},
      {"items", "2"},       {"ppid", "100"},   {"pid", "200"},     {"auid", "1000"},
      {"uid", "1001"},      {"gid", "0"},      {"euid", "0"},      {"suid", "0"},
      {"fsuid", "0"},       {"egid", "0"},     {"sgid", "0"},      {"fsgid", "0"},
      {"tty", "pts0"},      {"ses", "3"},      {"comm", "6C73"},   {"exe", "2F62"},
      {"UID", "anna"},
  }};
  std::vector<std::string> fields;
  for (const auto& [name, usual] : kFields)
    fields.push_back(std::string(name) + "=" + ConsumeValue(input, usual));
  for (size_t swaps = input.ConsumeIntegralInRange<size_t>(0, 8); swaps > 0; --swaps) {
    std::swap(fields[input.ConsumeIntegralInRange<size_t>(0, fields.size() - 1)],
              fields[input.ConsumeIntegralInRange<size_t>(0, fields.size() - 1)]);
  }
  AuditRecord record{"SYSCALL", ""};
  for (const std::string& field : fields)
    record.fields += (record.fields.empty() ? "" : " ") + field;
  return record;
}

AuditRecord ConsumeArguments(FuzzedDataProvider& input) {
  AuditRecord record{"EXECVE", "argc=" + ConsumeValue(input, "3")};
  for (const char* name : {" a0=", " a1=", " a2=", " a2[1]="})
    if (input.ConsumeBool()) record.fields += name + ConsumeValue(input, "6C73");
  return record;
}

std::string Json(std::string_view text) {
  std::string json = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", c);
    const bool must = c < ' ' || c == '"' || c == '\\';
    const bool may = c < 0x80 && i % 13 == 0;
    json += must || may ? std::string(escape) : std::string(1, text[i]);
  }
  return json + "\"";
}

std::string Bytes(std::string_view text) {
  std::string json = "[";
  for (const char c : text)
    json += (json.size() > 1 ? "," : "") + std::to_string(static_cast<unsigned char>(c));
  return json + "]";
}

std::string Size(uint64_t size) {
  std::string bytes;
  for (int i = 0; i < 64; i += 8) bytes += static_cast<char>(size >> i & 0xff);
  return bytes;
}

constexpr size_t kWrappings = 6;

std::string Wrap(size_t wrapping, const AuditRecord& record) {
  const std::string line = record.Line();
  const std::string message = record.type + " " + record.fields;
  switch (wrapping) {
    case 0:
      return "node=web1 " + line + "\r\n";
    case 1:
      return "<13>1 2023-11-14T22:13:20Z web1 audispd - - [a b=\"\\\"]\"] " + line + "\n";
    case 2:
      return "Nov 14 22:13:20 web1 tag:" + line + "\n";
    case 3:
      return "{\"host\":{\"name\":\"web1\"},\"message\":" + Json(line) + "}\n";
    case 4:
      return "{\"_TRANSPORT\":\"audit\",\"_HOSTNAME\":\"web1\",\"_AUDIT_ID\":\"456\","
             "\"_SOURCE_REALTIME_TIMESTAMP\":\"1700000000123456\",\"MESSAGE\":" +
             Bytes(message) + "}\n";
    default:
      return "__CURSOR=x\n_TRANSPORT=audit\n_HOSTNAME=web1\n_AUDIT_ID=456\n"
             "_SOURCE_REALTIME_TIMESTAMP=1700000000123456\nMESSAGE\n" +
             Size(message.size()) + message + "\n\n";
  }
}

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  FuzzedDataProvider input(data, size);
  const size_t piece = input.ConsumeIntegralInRange<size_t>(1, 400);
  // The last, which nothing follows, is not read the fast way.
  const AuditRecord records[] = {ConsumeArguments(input), ConsumeCall(input)};
  const auto file = std::make_shared<LogFile>(LogFile{"fuzz"});

  std::string log;
  for (const AuditRecord& record : records) log += "node=web1 " + record.Line() + "\n";
  const auto exact = std::make_shared<std::string>(log);
  ParsedChunk plain;
  ParseChunk({exact, file, *exact, 0}, plain);

  for (size_t wrapping = 0; wrapping < kWrappings; ++wrapping) {
    std::string wrapped;
    for (const AuditRecord& record : records) wrapped += Wrap(wrapping, record);
    // What is behind lets the fast reader read all of it.
    const auto text = std::make_shared<std::string>(Unwrap(wrapped, piece) + std::string(64, '\n'));
    ParsedChunk parsed;
    ParseChunk({text, file, *text, 0}, parsed);
    CheckSame(plain, parsed);
  }
  return 0;
}
