#include "src/source/audit/wrapped_records.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "src/base/hex.h"
#include "src/source/audit/json_text.h"
#include "src/source/audit/log_chunk.h"
#include "src/source/audit/record_fields.h"
#include "src/source/audit/record_header.h"
#include "src/source/audit/record_type.h"

namespace pidigree {
namespace {

using Document = rapidjson::GenericDocument<JsonText>;
using Value = Document::ValueType;

std::string_view TextOf(const Value& value) {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                          : std::string_view();
}

// Null: there is no such member.
const Value* Find(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() ? &member->value : nullptr;
}

std::string_view TextIn(const Value& object, const char* name) {
  const Value* value = Find(object, name);
  return value != nullptr ? TextOf(*value) : std::string_view();
}

// A number as it is written, too.
std::string ScalarText(const Value& value) {
  if (value.IsInt64()) return std::to_string(value.GetInt64());
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  return std::string(TextOf(value));
}

std::string ScalarIn(const Value& object, const char* name) {
  const Value* value = Find(object, name);
  return value != nullptr ? ScalarText(*value) : std::string();
}

bool IsHostName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\'';
  });
}

constexpr std::string_view kEndsOfLine{"\n\r\0", 3};

// Makes what stands from `begin` on a part of one line.
void Flatten(std::string& text, size_t begin) {
  for (const char end : kEndsOfLine) {
    for (size_t at = begin; (at = text.find(end, at)) != text.npos;) text[at] = ' ';
  }
}

// None of the texts ends a line. `lines`: of the entry.
void AppendFlatLine(std::string_view host, std::string_view type, std::string_view stamp,
                    std::string_view fields, std::string& lines) {
  if (!lines.empty()) lines += kSameLine;
  if (IsHostName(host)) lines.append("node=").append(host).append(" ");
  lines.append("type=").append(type).append(" msg=audit(").append(stamp).append("): ");
  lines.append(fields).append("\n");
}

void AppendLine(std::string_view host, std::string_view type, std::string_view stamp,
                std::string_view fields, std::string& lines) {
  const size_t begin = lines.size();
  AppendFlatLine(host, type, stamp, fields, lines);
  lines.pop_back();
  Flatten(lines, begin);
  lines += '\n';
}

std::string TypeName(uint16_t number) {
  const RecordType* type = FindRecordType(number);
  return type != nullptr ? std::string(type->name) : "UNKNOWN[" + std::to_string(number) + "]";
}

// Appends the records of a line as a file would have it; `host`: who they are of if they do not
// say.
bool AppendLineRecords(std::string_view text, std::string_view host, std::string& lines) {
  text = text.substr(0, text.find_last_not_of(kEndsOfLine) + 1);
  std::string line;
  if (std::ranges::any_of(kEndsOfLine, [text](char end) { return text.find(end) != text.npos; })) {
    line = text;
    Flatten(line, 0);
    text = line;
  }
  std::optional<RecordHeader> header = ParseRecordHeader(text);
  if (!header) return false;
  if (header->node.empty()) header->node = host;
  do {
    // "audit(1700000000.123:456):"
    const std::string_view stamp = header->stamp.substr(6, header->stamp.size() - 8);
    AppendFlatLine(header->node, TypeName(header->type), stamp, header->fields, lines);
  } while (NextRecordOfLine(*header));
  return true;
}

// ---- journald

// What is no UTF-8 is an array of bytes.
std::string JournalText(const Value& entry, const char* name) {
  const Value* value = Find(entry, name);
  if (value == nullptr || !value->IsArray()) return ScalarIn(entry, name);
  std::string text;
  for (const Value& byte : value->GetArray())
    if (byte.IsUint()) text += static_cast<char>(byte.GetUint());
  return text;
}

// "1700000000123456" as "1700000000.123"; empty: it is none.
std::string StampOf(std::string_view time_us) {
  const bool digits = time_us.size() > 6 && time_us.find_first_not_of("0123456789") == time_us.npos;
  if (!digits) return {};
  const size_t seconds = time_us.size() - 6;
  return std::string(time_us.substr(0, seconds)) + "." + std::string(time_us.substr(seconds, 3));
}

// ---- go-audit

// The name of the user that `fields` say has called, as auditd adds it.
std::string GoAuditUser(const Value& event, std::string_view fields) {
  constexpr std::string_view kUid = " uid=";
  const Value* names = Find(event, "uid_map");
  const size_t at = fields.find(kUid);
  if (names == nullptr || at == fields.npos) return {};
  const std::string_view uid = fields.substr(at + kUid.size());
  const std::string_view user = TextIn(*names, std::string(uid.substr(0, uid.find(' '))).c_str());
  if (user.empty() || user.find_first_of("\"\n") != user.npos) return {};
  return kEnrichment + ("UID=\"" + std::string(user) + "\"");
}

bool AppendGoAudit(const Value& event, std::string& lines) {
  const Value* messages = Find(event, "messages");
  const std::string stamp = ScalarIn(event, "timestamp") + ":" + ScalarIn(event, "sequence");
  if (messages == nullptr || !messages->IsArray() || stamp.size() < 3) return false;
  const std::string_view host = TextIn(event, "hostname");
  std::string fields;
  for (const Value& message : messages->GetArray()) {
    const Value* type = Find(message, "type");
    if (type == nullptr || !type->IsUint() || type->GetUint() > record_type::kLastUser2) continue;
    const auto number = static_cast<uint16_t>(type->GetUint());
    fields = TextIn(message, "data");
    if (number == record_type::kSyscall) fields += GoAuditUser(event, fields);
    AppendLine(host, TypeName(number), stamp, fields, lines);
  }
  return true;
}

// ---- laurel

// Takes back how laurel writes what JSON cannot say (its json-format.md): '%', '+',
// control characters and bytes that are no UTF-8 are %hh. A '%' of anything else stands for itself.
std::string PercentDecoded(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%' || text.size() - at < 3 || HexValue(text[at + 1]) == kNoHexDigit ||
        HexValue(text[at + 2]) == kNoHexDigit) {
      bytes += text[at];
      continue;
    }
    bytes += static_cast<char>(HexValue(text[at + 1]) << 4 | HexValue(text[at + 2]));
    at += 2;
  }
  return bytes;
}

// Whether it is neither escaped nor would the kernel write it in hex.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '%'; });
}

// One of laurel's strings as the kernel writes it.
void AppendString(std::string_view text, std::string& out) {
  if (IsPlain(text)) {
    out.append("\"").append(text).append("\"");
    return;
  }
  for (const char c : PercentDecoded(text)) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

// laurel's ARGV of a SYSCALL is a0 to a3, that of an EXECVE the arguments.
void AppendArguments(const Value& values, bool of_exec, std::string& fields) {
  if (of_exec) fields.append(" argc=").append(std::to_string(values.Size()));
  for (rapidjson::SizeType i = 0; i < values.Size(); ++i) {
    fields.append(" a").append(std::to_string(i)).append("=");
    const std::string text = ScalarText(values[i]);
    if (of_exec)
      AppendString(text, fields);
    else
      fields.append(text, text.starts_with("0x") ? 2 : 0);
  }
}

// The members of one record. Of what a program says only who it is: laurel mixes its message into
// the record.
std::string LaurelFields(const Value& record, uint16_t type) {
  const bool of_kernel = type == record_type::kLogin ||
                         (type >= record_type::kSyscall && type < record_type::kFirstUser2);
  std::string fields;
  const Value* arguments = of_kernel ? Find(record, "ARGV") : nullptr;
  const auto take_arguments = [&] {
    if (arguments != nullptr && arguments->IsArray())
      AppendArguments(*std::exchange(arguments, nullptr), type == record_type::kExecve, fields);
  };
  // They stand where the kernel has them, and what it does not quote stands as it is, so that the
  // record can be read the fast way.
  if (type == record_type::kExecve) take_arguments();
  std::array<bool, 4> seen{};
  for (const auto& member : record.GetObject()) {
    const std::string_view name = TextOf(member.name);
    constexpr std::array<std::string_view, 4> kIds = {"pid", "uid", "auid", "ses"};
    if (!of_kernel) {
      const auto id = static_cast<size_t>(std::find(kIds.begin(), kIds.end(), name) - kIds.begin());
      if (id == kIds.size() || std::exchange(seen[id], true)) continue;
    }
    const bool is_word = std::all_of(name.begin(), name.end(), [](char c) {
      return c != ' ' && c != '=' && c != '"' && c != '\'' && c != '\n' && c != '\x1d';
    });
    if (name.empty() || !is_word) continue;
    const Value& value = member.value;
    if (name == "items" || name == "ppid") take_arguments();
    if (name == "ARGV_STR" && type == record_type::kExecve) {
      fields += " argc=1 a0=";
      AppendString(TextOf(value), fields);
    } else if (name == "arch" && TextOf(value).starts_with("0x")) {
      fields.append(" arch=").append(TextOf(value).substr(2));
    } else if (value.IsString()) {
      fields.append(" ").append(name).append("=");
      const bool is_quoted = name != "success" && name != "tty";
      if (is_quoted || !IsPlain(TextOf(value)))
        AppendString(TextOf(value), fields);
      else
        fields += TextOf(value);
    } else if (value.IsNumber() && name != "argc") {
      fields.append(" ").append(name).append("=").append(ScalarText(value));
    }
  }
  take_arguments();
  return fields;
}

bool AppendLaurel(const Value& event, std::string& lines) {
  const std::string_view stamp = TextIn(event, "ID");
  int64_t time_ms = 0;
  uint32_t serial = 0;
  if (!ParseStamp(stamp, time_ms, serial)) return false;
  const std::string_view host = TextIn(event, "NODE");
  bool any = false;
  for (const auto& member : event.GetObject()) {
    const RecordType* type = FindRecordType(TextOf(member.name));
    if (type == nullptr) continue;
    const auto append = [&](const Value& record) {
      if (!record.IsObject()) return;
      AppendLine(host, type->name, stamp, LaurelFields(record, type->number), lines);
      any = true;
    };
    if (member.value.IsArray())
      for (const Value& record : member.value.GetArray()) append(record);
    else
      append(member.value);
  }
  return any;
}

// ---- Shippers

std::string_view ShipperHost(const Value& event) {
  if (const Value* host = Find(event, "host"); host != nullptr) {
    if (host->IsString()) return TextOf(*host);
    for (const char* name : {"name", "hostname"})
      if (const std::string_view text = TextIn(*host, name); !text.empty()) return text;
  }
  if (const std::string_view text = TextIn(event, "hostname"); !text.empty()) return text;
  for (const char* who : {"agent", "beat"}) {
    const Value* agent = Find(event, who);
    if (agent == nullptr) continue;
    if (const std::string_view text = TextIn(*agent, "hostname"); !text.empty()) return text;
  }
  return {};
}

bool AppendShipped(const Value& event, std::string& lines) {
  const std::string_view host = ShipperHost(event);
  for (const char* name : {"message", "log", "msg", "raw", "_raw"})
    if (AppendLineRecords(TextIn(event, name), host, lines)) return true;
  const Value* details = Find(event, "event");
  return details != nullptr && AppendLineRecords(TextIn(*details, "original"), host, lines);
}

}  // namespace

bool AppendRecord(const JournalEntry& entry, std::string& lines) {
  if (entry.transport != "audit") {
    return (entry.transport == "kernel" || entry.uid == "0") &&
           AppendLineRecords(entry.message, entry.host, lines);
  }
  const std::string stamp = StampOf(entry.time_us);
  if (stamp.empty() || entry.audit_id.empty()) return false;
  // journald writes the name of the type before the record, and has one for each number.
  const std::string_view message = entry.message;
  const std::string_view type = message.substr(0, message.find(' '));
  const std::string_view fields = message.substr(std::min(type.size() + 1, message.size()));
  constexpr std::string_view kNumbered = "AUDIT";
  const bool numbered = type.starts_with(kNumbered) && type.size() > kNumbered.size();
  AppendLine(
      entry.host,
      numbered ? "UNKNOWN[" + std::string(type.substr(kNumbered.size())) + "]" : std::string(type),
      stamp + ":" + entry.audit_id, fields, lines);
  return true;
}

bool JsonRecords::Append(std::string_view json, std::string& lines) {
  rapidjson::MemoryPoolAllocator<> values(values_.get(), kValuesBytes);
  Document event(&values);
  line_.assign(json).append(sizeof(JsonText::Word), '\0');
  // Not by recursion: the line may be anybody's.
  event.ParseInsitu<rapidjson::kParseIterativeFlag>(line_.data());
  if (event.HasParseError() || !event.IsObject()) return false;
  if (Find(event, "_TRANSPORT") != nullptr) {
    return AppendRecord({.transport = JournalText(event, "_TRANSPORT"),
                         .audit_id = JournalText(event, "_AUDIT_ID"),
                         .time_us = JournalText(event, "_SOURCE_REALTIME_TIMESTAMP"),
                         .uid = JournalText(event, "_UID"),
                         .host = JournalText(event, "_HOSTNAME"),
                         .message = JournalText(event, "MESSAGE")},
                        lines);
  }
  if (Find(event, "ID") != nullptr) return AppendLaurel(event, lines);
  if (Find(event, "messages") != nullptr) return AppendGoAudit(event, lines);
  return AppendShipped(event, lines);
}

}  // namespace pidigree
