#include <algorithm>
#include <bit>
#include <cstring>

#include "src/base/kernel_path.h"
#include "src/base/prefetch.h"
#include "src/source/audit/load_word.h"
#include "src/source/audit/parsed_chunk.h"
#include "src/source/audit/record_fields.h"
#include "src/source/audit/record_header.h"
#include "src/source/audit/record_type.h"
#include "src/source/audit/syscall_record.h"

namespace pidigree {
namespace {

RecordKind KindOf(uint16_t type) {
  switch (type) {
    case record_type::kSyscall:
      return RecordKind::kSyscall;
    case record_type::kExecve:
      return RecordKind::kExecve;
    case record_type::kCwd:
      return RecordKind::kCwd;
    case record_type::kPath:
      return RecordKind::kPath;
    case record_type::kProctitle:
      return RecordKind::kProctitle;
    case record_type::kObjPid:
      return RecordKind::kObjPid;
    case record_type::kEoe:
      return RecordKind::kEoe;
    case record_type::kAnomAbend:
      return RecordKind::kAbend;
    case record_type::kLogin:
    case record_type::kTty:
    case record_type::kSeccomp:
    case record_type::kFeatureChange:
    case record_type::kAnomLink:
    case record_type::kAnomCreat:
      return RecordKind::kSubject;
    default:
      break;
  }
  if (type >= record_type::kFirstDaemon && type <= record_type::kLastDaemon)
    return RecordKind::kDaemon;
  const RecordType* known = FindRecordType(type);
  if (known == nullptr) return RecordKind::kUnknown;
  if ((type >= record_type::kFirstUser && type <= record_type::kLastUser) ||
      (type >= record_type::kFirstIntegrity && type <= record_type::kLastIntegrity) ||
      (type >= record_type::kFirstUser2 && type <= record_type::kLastUser2)) {
    return RecordKind::kSubject;
  }
  return RecordKind::kOther;
}

BootMark BootMarkOf(const RecordHeader& header) {
  switch (header.type) {
    case record_type::kDaemonStart:
      return BootMark::kDaemonStart;
    case record_type::kSystemBoot:
      return BootMark::kSystemBoot;
    case record_type::kKernel:
      return header.fields.find("state=initialized") != header.fields.npos ? BootMark::kKernelStart
                                                                           : BootMark::kNone;
    default:
      return BootMark::kNone;
  }
}

// "... kernel=3.10.0-1160.el7.x86_64 ..."; 0: it is not told.
uint16_t KernelOf(std::string_view fields) {
  FieldReader field(fields);
  while (field.Next()) {
    if (field.name() != "kernel") continue;
    const std::string_view version = field.value();
    const size_t dot = std::min(version.find('.'), version.size());
    std::string_view second = version.substr(std::min(dot + 1, version.size()));
    second = second.substr(0, second.find_first_not_of("0123456789"));
    uint32_t numbers[2] = {};
    if (!ParseDecimal(version.substr(0, dot), numbers[0]) || !ParseDecimal(second, numbers[1]))
      return 0;
    return static_cast<uint16_t>(std::min(numbers[0], 255u) << 8 | std::min(numbers[1], 255u));
  }
  return 0;
}

// Stands for a first EXECVE record: once its arguments are read, it can only be a repetition.
constexpr std::string_view kFirstExecve = "argc=";

constexpr size_t kLeastEventBytes = 256;  // of log text, but for the odd record without a process
// Another processor may have had the memory last.
constexpr size_t kFetchFragments = 8;  // ahead
constexpr size_t kFetchText = 1024;    // bytes ahead
constexpr size_t kUsualText = 192;     // of an event
constexpr std::string_view kNodeKey = "node=";
constexpr ptrdiff_t kMinStamp = 16;  // "msg=audit(0.0:0)"

// "1700000000.123:456):" of a text that ends with something else. Only the usual number of digits.
bool TakeStamp(const char*& at, int64_t& time_ms, uint32_t& serial) {
  uint64_t millis = 0;
  for (int i = 0; i < 14; ++i) {
    if (i == 10) continue;
    const auto digit = static_cast<unsigned char>(at[i] - '0');
    if (digit > 9) return false;
    millis = millis * 10 + digit;
  }
  if (at[10] != '.' || at[14] != ':') return false;
  const char* digits = at + 15;
  const char* stop = digits;
  uint64_t number = 0;
  while (*stop >= '0' && *stop <= '9') number = number * 10 + static_cast<uint64_t>(*stop++ - '0');
  if (stop == digits || stop - digits > 10 || number > kUnset) return false;
  if (stop[0] != ')' || stop[1] != ':') return false;
  time_ms = static_cast<int64_t>(millis);
  serial = static_cast<uint32_t>(number);
  at = stop + 2;
  return true;
}

// What ausearch writes between events.
bool SeparatesEvents(std::string_view line) { return line == "----" || line.starts_with("time->"); }

class Parser {
 public:
  Parser(std::string_view text, ParsedChunk& out)
      : text_(text),
        limit_(text.data() + text.size()),
        out_(out),
        node_(out.chunk.file->host),
        arena_(out.arena.get()),
        records_(out.arena.get() + out.arena_capacity) {}

  void Run() {
    const char* at = text_.data();
    const char* end = at + text_.size();
    if (out_.chunk.offset == 0 && text_.starts_with(kByteOrderMark)) at += kByteOrderMark.size();
    while (at != end) {
      const void* newline = std::memchr(at, '\n', static_cast<size_t>(end - at));
      const char* stop = newline != nullptr ? static_cast<const char*>(newline) : end;
      const bool carriage_return = stop != at && stop[-1] == '\r';
      if (*at == kSameLine)
        ++at;
      else
        ++out_.lines;
      ReadLine({at, static_cast<size_t>(stop - at) - carriage_return});
      at = newline != nullptr ? stop + 1 : end;
    }
  }

 private:
  void ReadLine(std::string_view line) {
    if (line.empty()) return;
    if (HasReadAhead(line) && ReadCommonLine(line)) return;
    std::optional<RecordHeader> header = ParseRecordHeader(line);
    if (!header) {
      if (!SeparatesEvents(line)) out_.malformed.Add(out_.lines, line);
      return;
    }
    do ReadAnyRecord(*header, line);
    while (NextRecordOfLine(*header));
  }

  void ReadAnyRecord(RecordHeader& header, std::string_view line) {
    const RecordKind kind = KindOf(header.type);
    ++out_.records[static_cast<size_t>(kind)];
    if (kind == RecordKind::kUnknown) out_.unknown_types.Add(out_.lines, line);
    const BootMark mark = BootMarkOf(header);
    if (kind == RecordKind::kDaemon && mark == BootMark::kNone) return;
    SetNode(header.node, line);
    header.node = node_;
    EventFragment& fragment = FragmentOf(header, kind == RecordKind::kDaemon, line);
    current_ = nullptr;
    if (mark != BootMark::kNone) fragment.boot_mark = mark;
    if (mark == BootMark::kDaemonStart) fragment.kernel = KernelOf(header.fields);
    ReadRecord(kind, header.fields, line, fragment);
  }

  // The fast way for the records that make up nearly all of a log, in auditd's form. False, with
  // nothing done, for any other line. `line` has kReadAhead.
  bool ReadCommonLine(std::string_view line) {
    const char* at = line.data();
    if (has_node_) {
      if (node_prefix_.empty() || !line.starts_with(node_prefix_)) return false;
      at += node_prefix_.size();
    }
    if (!StartsWith<"type=">(at)) return false;
    at += 5;
    RecordKind kind;
    switch (LoadWord<uint64_t>(at)) {
      case TextWord<uint64_t>("SYSCALL "):
        kind = RecordKind::kSyscall;
        at += 8;
        break;
      case TextWord<uint64_t>("EXECVE m"):
        kind = RecordKind::kExecve;
        at += 7;
        break;
      case TextWord<uint64_t>("PATH msg"):
        kind = RecordKind::kPath;
        at += 5;
        break;
      case TextWord<uint64_t>("CWD msg="):
        kind = RecordKind::kCwd;
        at += 4;
        break;
      case TextWord<uint64_t>("PROCTITL"):
        if (at[8] != 'E' || at[9] != ' ') return false;
        kind = RecordKind::kProctitle;
        at += 10;
        break;
      case TextWord<uint64_t>("EOE msg="):
        kind = RecordKind::kEoe;
        at += 4;
        break;
      case TextWord<uint64_t>("OBJ_PID "):
        kind = RecordKind::kObjPid;
        at += 8;
        break;
      case TextWord<uint64_t>("BPRM_FCA"):  // of each exec that gives capabilities, as root's do
        if (LoadWord<uint32_t>(at + 8) != TextWord<uint32_t>("PS m")) return false;
        kind = RecordKind::kOther;
        at += 11;
        break;
      default:
        return false;
    }
    const char* end = line.data() + line.size();
    if (end - at < kMinStamp || !StartsWith<"msg=audit(">(at)) return false;
    at += 10;

    EventFragment* fragment = current_;
    if (fragment != nullptr && end - at > stamp_size_ && SameText(at, stamp_, stamp_size_)) {
      at += stamp_size_;
    } else {
      RecordHeader header;
      const char* stamp = at;
      if (!TakeStamp(at, header.time_ms, header.serial)) return false;
      header.node = node_;
      fragment = &FragmentOf(header, false, line);
      current_ = fragment;
      stamp_ = stamp;
      stamp_size_ = at - stamp;
    }
    while (*at == ' ') ++at;
    ++out_.records[static_cast<size_t>(kind)];
    ReadRecord(kind, {at, static_cast<size_t>(end - at)}, line, *fragment);
    return true;
  }

  // Also finds what the lines of this node start with, if `line` is in auditd's form.
  void SetNode(std::string_view node, std::string_view line) {
    has_node_ = !node.empty();
    if (!has_node_) {
      node_ = out_.chunk.file->host;
      return;
    }
    if (node != node_) node_ = KeepText(node, arena_);
    const size_t size = kNodeKey.size() + node.size() + 1;
    const bool at_start = line.size() > size && line.starts_with(kNodeKey) &&
                          line.substr(kNodeKey.size(), node.size()) == node &&
                          line[size - 1] == ' ';
    node_prefix_ = at_start ? line.substr(0, size) : std::string_view();
  }

  // `text`: a line, or what stands at the end of one.
  bool HasReadAhead(std::string_view text) const {
    const char* end = text.data() + text.size();
    return static_cast<size_t>(limit_ - text.data()) >= text.size() + kReadAhead &&
           (*end == '\n' || *end == '\r');
  }

  EventFragment& FragmentOf(const RecordHeader& header, bool is_daemon, std::string_view line) {
    if (!out_.fragments.empty()) {
      EventFragment& last = out_.fragments.back();
      if (last.call.serial == header.serial && last.call.time_ms == header.time_ms &&
          last.is_daemon == is_daemon && last.node_name == header.node) {
        return last;
      }
    }
    EventFragment& fragment = out_.fragments.emplace_back();
    PrefetchToWrite(&fragment, sizeof fragment, kFetchFragments * sizeof fragment);
    PrefetchToWrite(arena_, kUsualText, kFetchText);
    fragment.call.serial = header.serial;
    fragment.call.time_ms = header.time_ms;
    fragment.node_name = header.node;
    fragment.is_daemon = is_daemon;
    fragment.line_offset = static_cast<uint32_t>(line.data() - text_.data());
    fragment.execves.first = static_cast<uint32_t>(out_.execves.size());
    fragment.obj_pids.first = static_cast<uint32_t>(out_.obj_pids.size());
    fragment.deleted_paths.first = static_cast<uint32_t>(out_.deleted_paths.size());
    fragment.home = &out_;
    return fragment;
  }

  void ReadRecord(RecordKind kind, std::string_view fields, std::string_view line,
                  EventFragment& fragment) {
    switch (kind) {
      case RecordKind::kSyscall:
        return ReadSyscallRecord(fields, line, fragment);
      case RecordKind::kExecve:
        return ReadExecveRecord(fields, fragment);
      case RecordKind::kCwd:
        return ReadCwd(fields, fragment);
      case RecordKind::kPath:
        return ReadPath(fields, fragment);
      case RecordKind::kObjPid:
        return ReadObjPid(fields, fragment);
      case RecordKind::kAbend:
        if (fragment.has_abend) {
          ++fragment.duplicates;
          return;
        }
        fragment.has_abend = true;
        return ReadSubjectRecord(fields, fragment);
      case RecordKind::kSubject:
        return ReadSubjectRecord(fields, fragment);
      case RecordKind::kProctitle:
      case RecordKind::kEoe:
      case RecordKind::kDaemon:
      case RecordKind::kOther:
      case RecordKind::kUnknown:
        return;
    }
  }

  void ReadSyscallRecord(std::string_view fields, std::string_view line, EventFragment& fragment) {
    if (fragment.has_syscall) {
      ++fragment.duplicates;
      return;
    }
    switch (ReadSyscall(fields, HasReadAhead(fields), fragment, arena_)) {
      case SyscallRecordResult::kMalformed:
        --out_.records[static_cast<size_t>(RecordKind::kSyscall)];
        out_.malformed.Add(out_.lines, line);
        return;
      case SyscallRecordResult::kUnknownArch:
        ++out_.unknown_arch;
        break;
      case SyscallRecordResult::kOk:
        break;
    }
  }

  void ReadExecveRecord(std::string_view fields, EventFragment& fragment) {
    fragment.has_execve = true;
    const bool first = !fragment.argv.started;
    const bool in_order = fragment.execves.count++ == fragment.execves_read;
    const bool read = in_order && ReadExecveAhead(fields, fragment);
    out_.execves.push_back(first && read ? kFirstExecve : KeepRecord(fields));
  }

  // Reads what the assembler would have to read otherwise: records in order, from the first, while
  // their text stays in one piece. False, with nothing done, for any other record.
  bool ReadExecveAhead(std::string_view fields, EventFragment& fragment) {
    std::string_view text = fragment.call.command_line;
    // NOLINTNEXTLINE(bugprone-string-constructor): nothing yet, but here
    if (!fragment.argv.started) text = {arena_, 0};
    if (text.data() + text.size() != arena_) return false;
    bool fresh = false;
    ArgvProgress progress = fragment.argv;
    char* end = ReadExecve(fields, 0, progress, arena_, fresh);
    if (!progress.started || progress.broken) return false;
    arena_ = end;
    fragment.argv = progress;
    fragment.call.command_line = {text.data(), static_cast<size_t>(arena_ - text.data())};
    if (!fresh) ++fragment.duplicates;
    ++fragment.execves_read;
    return true;
  }

  // A copy where it does not tear the text of the arguments apart.
  std::string_view KeepRecord(std::string_view fields) {
    records_ -= fields.size();
    char* copy = records_;
    return KeepText(fields, copy);
  }

  void ReadCwd(std::string_view fields, EventFragment& fragment) {
    FieldReader field(fields);
    if (!field.Next() || field.name() != "cwd" || field.torn()) return;
    if (!fragment.call.cwd.empty()) {
      ++fragment.duplicates;
      return;
    }
    fragment.call.cwd = ReadString(field.value(), field.quoted(), arena_);
  }

  // Paths matter only where the name of the executable may really end in " (deleted)".
  void ReadPath(std::string_view fields, EventFragment& fragment) {
    if (fragment.has_syscall && !fragment.call.exe_is_unlinked) return;
    FieldReader field(fields);
    while (field.Next()) {
      if (field.name() != "name") continue;
      char* arena = arena_;
      const std::string_view name = ReadString(field.value(), field.quoted(), arena);
      if (name.ends_with(kDeletedSuffix)) {
        arena_ = arena;
        out_.deleted_paths.push_back(name);
        ++fragment.deleted_paths.count;
      }
      return;
    }
  }

  void ReadObjPid(std::string_view fields, EventFragment& fragment) {
    FieldReader field(fields);
    uint32_t pid = 0;
    if (!field.Next() || field.name() != "opid" || !ParseDecimal(field.value(), pid)) return;
    out_.obj_pids.push_back(pid);
    ++fragment.obj_pids.count;
  }

  void ReadSubjectRecord(std::string_view fields, EventFragment& fragment) {
    if (fragment.has_syscall || fragment.has_subject) return;
    ReadSubject(fields, fragment, arena_);
  }

  std::string_view text_;
  const char* limit_;
  ParsedChunk& out_;

  // Of the line before: its node, which it may have named, and, if it was read the fast way, its
  // event.
  std::string_view node_;
  bool has_node_ = false;
  std::string_view node_prefix_;
  EventFragment* current_ = nullptr;
  const char* stamp_ = nullptr;  // "1700000000.123:456):"
  ptrdiff_t stamp_size_ = 0;

  char* arena_;
  char* records_;  // the last text copied to the end of the arena
};

}  // namespace

void ParsedChunk::Clear() {
  chunk = {};
  fragments.clear();
  obj_pids.clear();
  execves.clear();
  deleted_paths.clear();
  lines = 0;
  records = {};
  malformed.count = 0;
  unknown_types.count = 0;
  unknown_arch = 0;
  pending = 0;
}

void ParseChunk(const LogChunk& chunk, ParsedChunk& out) {
  out.Clear();
  out.chunk = chunk;
  // Rounded up, so that the next text, which is about as long, fits, too.
  const size_t text_room = std::bit_ceil(chunk.text.size() + 1);
  if (out.arena_capacity < 2 * text_room + kSlack) {
    out.arena_capacity = 2 * text_room + kSlack;
    out.arena = std::make_unique_for_overwrite<char[]>(out.arena_capacity);
    out.fragments.reserve(text_room / kLeastEventBytes);
  }
  Parser(chunk.text, out).Run();
}

}  // namespace pidigree
