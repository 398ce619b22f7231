#include <cstring>

#include "src/source/audit/parsed_chunk.h"
#include "src/source/audit/record_fields.h"
#include "src/source/audit/record_header.h"
#include "src/source/audit/record_type.h"
#include "src/source/audit/syscall_record.h"

namespace pidigree {
namespace {

constexpr char kEnrichmentSeparator = '\x1d';
constexpr std::string_view kDeleted = " (deleted)";

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

class Parser {
 public:
  Parser(std::string_view text, ParsedChunk& out)
      : text_(text), out_(out), arena_(out.arena.get()) {}

  void Run() {
    const char* at = text_.data();
    const char* end = at + text_.size();
    while (at != end) {
      const void* newline = std::memchr(at, '\n', static_cast<size_t>(end - at));
      const char* stop = newline != nullptr ? static_cast<const char*>(newline) : end;
      ReadLine({at, static_cast<size_t>(stop - at)});
      ++out_.lines;
      at = newline != nullptr ? stop + 1 : end;
    }
  }

 private:
  void ReadLine(std::string_view line) {
    if (line.empty()) return;
    const std::optional<RecordHeader> header = ParseRecordHeader(line);
    if (!header) {
      CountMalformed(line);
      return;
    }
    const RecordKind kind = KindOf(header->type);
    ++out_.records[static_cast<size_t>(kind)];
    const BootMark mark = BootMarkOf(*header);
    if (kind == RecordKind::kDaemon && mark == BootMark::kNone) return;
    EventFragment& fragment = FragmentOf(*header, kind == RecordKind::kDaemon, line);
    if (mark != BootMark::kNone) fragment.boot_mark = mark;
    ReadRecord(kind, header->fields, line, fragment);
  }

  void CountMalformed(std::string_view line) {
    if (out_.malformed < out_.malformed_lines.size())
      out_.malformed_lines[out_.malformed] = {out_.lines,
                                              line.substr(0, MalformedLine::kQuotedBytes)};
    ++out_.malformed;
  }

  EventFragment& FragmentOf(const RecordHeader& header, bool is_daemon, std::string_view line) {
    if (!out_.fragments.empty()) {
      EventFragment& last = out_.fragments.back();
      if (last.fact.serial == header.serial && last.fact.time_ms == header.time_ms &&
          last.is_daemon == is_daemon && last.node_name == header.node) {
        return last;
      }
    }
    EventFragment& fragment = out_.fragments.emplace_back();
    fragment.fact.serial = header.serial;
    fragment.fact.time_ms = header.time_ms;
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
        return ReadExecveRecord(WithoutEnrichment(fields), fragment);
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

  // Splits off what auditd added in ENRICHED format. The last separator counts: what a user space
  // message holds is not escaped.
  static std::string_view Enrichment(std::string_view fields) {
    const size_t separator = fields.rfind(kEnrichmentSeparator);
    return separator == fields.npos ? std::string_view() : fields.substr(separator + 1);
  }
  static std::string_view WithoutEnrichment(std::string_view fields) {
    return fields.substr(0, fields.rfind(kEnrichmentSeparator));
  }

  void ReadSyscallRecord(std::string_view fields, std::string_view line, EventFragment& fragment) {
    if (fragment.has_syscall) {
      ++fragment.duplicates;
      return;
    }
    switch (ReadSyscall(WithoutEnrichment(fields), fragment, arena_)) {
      case SyscallRecordResult::kMalformed:
        --out_.records[static_cast<size_t>(RecordKind::kSyscall)];
        CountMalformed(line);
        return;
      case SyscallRecordResult::kUnknownArch:
        ++out_.unknown_arch;
        break;
      case SyscallRecordResult::kOk:
        break;
    }
    fragment.fact.user = FindEnrichedUser(Enrichment(fields));
  }

  // Reads ahead what the assembler would have to read otherwise: records in order, from the first,
  // while their text stays in one piece.
  void ReadExecveRecord(std::string_view fields, EventFragment& fragment) {
    fragment.has_execve = true;
    out_.execves.push_back(fields);
    const uint32_t index = fragment.execves.count++;
    if (index != fragment.execves_read) return;
    std::string_view& text = fragment.fact.command_line;
    if (index == 0) text = {arena_, 0};
    if (text.data() + text.size() != arena_) return;
    bool fresh = false;
    arena_ = ReadExecve(fields, fragment.argv, arena_, fresh);
    text = {text.data(), static_cast<size_t>(arena_ - text.data())};
    if (!fresh) ++fragment.duplicates;
    ++fragment.execves_read;
  }

  void ReadCwd(std::string_view fields, EventFragment& fragment) {
    FieldReader field(WithoutEnrichment(fields));
    if (!field.Next() || field.name() != "cwd" || field.torn()) return;
    if (!fragment.fact.cwd.empty()) {
      ++fragment.duplicates;
      return;
    }
    fragment.fact.cwd = ReadString(field.value(), field.quoted(), arena_);
  }

  // Paths matter only where the name of the executable may really end in " (deleted)".
  void ReadPath(std::string_view fields, EventFragment& fragment) {
    if (fragment.has_syscall && !fragment.fact.exe.ends_with(kDeleted)) return;
    FieldReader field(WithoutEnrichment(fields));
    while (field.Next()) {
      if (field.name() != "name") continue;
      char* arena = arena_;
      const std::string_view name = ReadString(field.value(), field.quoted(), arena);
      if (name.ends_with(kDeleted)) {
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
    if (ReadSubject(WithoutEnrichment(fields), fragment, arena_))
      fragment.fact.user = FindEnrichedUser(Enrichment(fields));
  }

  std::string_view text_;
  ParsedChunk& out_;
  char* arena_;
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
  malformed = 0;
  unknown_arch = 0;
  pending = 0;
}

void ParseChunk(const LogChunk& chunk, ParsedChunk& out) {
  out.Clear();
  out.chunk = chunk;
  if (out.arena_capacity < chunk.text.size()) {
    out.arena = std::make_unique_for_overwrite<char[]>(chunk.text.size());
    out.arena_capacity = chunk.text.size();
  }
  Parser(chunk.text, out).Run();
}

}  // namespace pidigree
